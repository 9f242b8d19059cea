/** A provider's sample event, made new, signed with the source's own secret, and posted to a router. */
import { randomUUID } from "node:crypto";
import { OWN_SOURCE } from "../core/happening.ts";
import { didYouMean } from "../core/suggest.ts";
import { draftSample, findSample, sampleTypes } from "../providers/samples.ts";
import { sign, type Draft } from "../providers/sign.ts";
import type { Source, Workspace } from "../rules/workspace.ts";

/** What the router answered. */
export interface Posted {
  readonly status: number;
  readonly answer: {
    readonly id?: string;
    readonly deliveries?: readonly string[];
    readonly code?: string;
    readonly detail?: string;
  };
}

/** The source and its signed sample, or a sentence that tells why there is none. `privateKey` signs in the provider's stead. */
export function signedSample(
  workspace: Workspace,
  sourceName: string,
  type: string,
  hooks: string,
  privateKey?: string,
): { readonly source: Source; readonly draft: Draft } | string {
  const source = workspace.sources.get(sourceName);
  if (sourceName === OWN_SOURCE)
    return `\`${OWN_SOURCE}\` is the source of the router's own events: nobody posts to it.`;
  if (source === undefined)
    return `There is no source \`${sourceName}\`.${didYouMean(sourceName, workspace.sources.keys())}`;
  if (source.schedule !== undefined) {
    const next = source.schedule.next(Date.now());
    const when = next === undefined ? "" : ` Its next tick is at ${new Date(next).toISOString()}.`;
    return `Source \`${sourceName}\` is a schedule, ${source.schedule.words}: a running router makes its events by itself, and nothing is sent to it.${when}`;
  }
  // A source with a scheme of its own gets the sample of the generic provider, signed its own way.
  const provider = source.provider?.id ?? "hmac";
  const sample = findSample(provider, type);
  if (sample === undefined) {
    const types = sampleTypes(provider);
    return `Provider \`${provider}\` has no sample \`${type}\`.${didYouMean(type, types)} There are: ${types.join(", ") || "none"}.`;
  }
  const url = `${hooks}/hooks/${sourceName}`;
  const draft = draftSample(sample, url, { uuid: randomUUID(), nowMs: Date.now() });
  const { secrets = [], config } = source.file;
  const credentials = {
    secrets: privateKey === undefined ? secrets : [privateKey],
    ...(config && { config }),
    url: source.file.url ?? url,
  };
  return { source, draft: sign(source.scheme, draft, credentials, Date.now()) };
}

/** Posts a signed draft. Throws what `fetch` throws where nobody answers. */
export async function postDraft(draft: Draft): Promise<Posted> {
  const headers = { "content-type": "application/json", ...draft.headers };
  const response = await fetch(draft.url, {
    method: draft.method,
    headers,
    body: new Uint8Array(draft.body),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = (await response.json().catch(() => ({}))) as Posted["answer"];
  return { status: response.status, answer };
}

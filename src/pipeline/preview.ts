/** What a delivery would send, for people to look at: nothing is sent, signed or fetched, and secrets are hidden. */
import { SignalboxError } from "../core/errors.ts";
import type { Recorded } from "../ports.ts";
import type { Target } from "../rules/workspace.ts";
import { hidden } from "./hide.ts";
import { buildRequest } from "./request.ts";

/** A request without its secrets. */
export interface Preview {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As text, cut after 64 KB. */
  readonly body?: string;
  readonly bytes: number;
  /** What is added when it is really sent. */
  readonly added: readonly string[];
}

const SHOWN_BYTES = 65_536;

/** Their values are secrets whether or not they are known ones. */
const CREDENTIALS = /^(?:(?:proxy-)?authorization|cookie|x-api-key|x-auth-token|private-token)$/;

/** The request for a result, or the sentence of what keeps it from being made. */
export async function previewOf(
  recorded: Recorded,
  named: Target,
  result: unknown,
  now: number,
): Promise<Preview | { readonly code: string; readonly message: string }> {
  const { sign } = named;
  // Some of its fields are unlisted, so that it is not copied.
  const target = Object.create(named, { sign: { value: undefined } }) as Target;
  try {
    const { method, url, headers, body } = await buildRequest(recorded, target, result, now);
    const hide = (text: string): string => hidden(text, target.secrets);
    const added = [
      ...(target.fetched === undefined ? [] : [`a token of \`${target.fetched.name}\``]),
      ...(sign === undefined ? [] : ["a signature"]),
    ];
    return {
      ...{ method, url: hide(url), added, bytes: body?.length ?? 0 },
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          CREDENTIALS.test(name) ? "[removed]" : hide(value),
        ]),
      ),
      ...(body && { body: hide(body.subarray(0, SHOWN_BYTES).toString()) }),
    };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return { code: error.code, message: hidden(error.detail, target.secrets) };
  }
}

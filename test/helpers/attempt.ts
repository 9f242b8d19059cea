/** One attempt as a worker makes it, in this process: a workspace with one target, a real request to a real server. */
import { createHttp } from "../../src/adapters/http/undici.ts";
import { pooledRandom } from "../../src/adapters/pooled-random.ts";
import { parseRange } from "../../src/core/address.ts";
import { authorizing } from "../../src/pipeline/authorize.ts";
import { forward, type Forwarded } from "../../src/pipeline/forward.ts";
import type { Lookups } from "../../src/core/lookup.ts";
import type { Canaries, Holds, Http, KeptVersions, Recorded, Tokens } from "../../src/ports.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Problem } from "../../src/rules/load.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { anEvent, deliveriesOf } from "./history.ts";
import { aWorkspace, type Files } from "./workspace.ts";
import { aLog } from "./log.ts";

/** Loads a workspace whose target `api` is this YAML; `rule` is the route's transform. */
export async function loadTargetYaml(
  target: string,
  environment: Readonly<Record<string, string>> = {},
  { rule, files = {} }: { readonly rule?: string; readonly files?: Files } = {},
): Promise<{ readonly workspace: Workspace | undefined; readonly problems: readonly Problem[] }> {
  const dir = aWorkspace({
    "sources/github.yaml": "provider: none\n",
    "targets/api.yaml": target,
    "routes/to-api.yaml": `source: github\ntarget: api\n${rule === undefined ? "" : "transform: rule\n"}`,
    ...(rule !== undefined && { "transforms/rule.jsonata": rule }),
    ...files,
  });
  return loadWorkspace(dir, environment);
}

/** Nobody holds anything. */
export const noHolds: Holds = {
  read: () => Promise.resolve(undefined),
  told: () => Promise.resolve(),
  hold: () => Promise.reject(new Error("nothing is to be held here")),
};

/** No version is kept. */
export const noVersions: KeptVersions = { read: () => Promise.resolve(undefined) };
/** No canary is on. */
export const noCanaries: Canaries = { isOn: () => false, note: () => undefined };

/** A client for loopback, with nobody to ask for tokens unless somebody is given. */
export function loopbackHttp(tokens: Tokens = tokensOfThisProcess()): Http & { close(): Promise<void> } {
  const http = createHttp({ allowPrivate: [parseRange("127.0.0.0/8")!] });
  return { send: authorizing(http, tokens).send, close: () => http.close() };
}

/** Proofs that are kept in this process alone, each as long as it is not refused. */
export function tokensOfThisProcess(): Tokens {
  const known = new Map<string, string>();
  return {
    async take(name, refused, obtain) {
      const kept = known.get(name);
      if (kept !== undefined && kept !== refused) return kept;
      const { text } = await obtain();
      known.set(name, text);
      return text;
    },
  };
}

/** Lookups that are asked each time. */
export const lookupsEachTime: Lookups = { take: async (_, look) => ({ text: await look(), kept: false }) };

/** An attempt, on a workspace that was loaded. */
export async function attemptOn(
  workspace: Workspace | undefined,
  body: unknown,
  http: Http,
  now: () => number = () => Date.now(),
): Promise<Forwarded> {
  if (workspace === undefined) throw new Error("The workspace has problems.");
  const event = anEvent(Date.now(), { body });
  const [delivery] = deliveriesOf(event.context.id, { "to-api": "api" });
  const { context, contentType, payload } = event;
  const fresh = { state: "pending", attempts: 0, attemptsEver: 0, trigger: "initial" } as const;
  const recorded: Recorded = { delivery: delivery!, ...fresh, context, contentType, payload };
  return forward(recorded, Date.now(), workspace, {
    ...{ http, lookups: lookupsEachTime, holds: noHolds, versions: noVersions, canaries: noCanaries },
    clock: { now },
    random: pooledRandom(),
    log: aLog(),
  });
}

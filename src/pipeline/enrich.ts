/** enrich: what a route looks up elsewhere before its rule runs: all at once, each within its time, kept for all processes. */
import { createHash } from "node:crypto";
import type { LookedUp } from "../core/delivery.ts";
import { SignalboxError, detailOf } from "../core/errors.ts";
import { ASK_NOTHING, askOf, type Ask } from "../core/lookup.ts";
import { verdictOfStatus } from "../core/retry.ts";
import type { Answer, Ports, Recorded } from "../ports.ts";
import type { Lookup } from "../rules/workspace.ts";
import { call, type Sent } from "./call.ts";
import { parsed } from "./chain.ts";
import { logUnforeseen } from "./unforeseen.ts";

/** An answer that is longer is refused: it would have to be kept, and a rule would have to read it. */
const ANSWER_BYTES = 262_144;
/** What may pass by itself; anything else will not. */
const PASSING: readonly string[] = [
  "FORWARD_TIMEOUT",
  "FORWARD_CONNECTION_FAILED",
  "FORWARD_TOKEN_UNAVAILABLE",
  "FORWARD_LOOKUP_UNAVAILABLE",
];

/**
 * `$enrich` for a delivery. Throws TRANSFORM_ENRICH_FAILED, FORWARD_LOOKUP_REFUSED or FORWARD_LOOKUP_UNAVAILABLE, the last
 * of which is worth another try. `noted` gets a line for each lookup, whatever came of it.
 */
export async function enriched(
  recorded: Recorded,
  lookups: readonly Lookup[],
  withinMs: number,
  ports: Pick<Ports, "http" | "clock" | "lookups" | "log">,
  noted: LookedUp[],
): Promise<Readonly<Record<string, unknown>>> {
  const values = await Promise.all(
    lookups.map(async (lookup) => {
      const begun = performance.now();
      const note = (rest: Partial<LookedUp>): void => {
        const milliseconds = Math.round(performance.now() - begun);
        noted.push({ name: lookup.name, target: lookup.target.name, milliseconds, ...rest });
      };
      try {
        const { value, kept } = await lookedUp(recorded, lookup, withinMs, ports);
        note(kept ? { kept } : {});
        return [lookup.name, value] as const;
      } catch (thrown) {
        if (!(thrown instanceof SignalboxError)) logUnforeseen(ports.log, recorded, thrown);
        const error = asLookups(thrown, lookup);
        note({ error: { code: error.code, detail: error.detail } });
        if (lookup.onError === "null") return [lookup.name, null] as const;
        return error;
      }
    }),
  );
  // All have come to their end: none goes on behind an attempt that has failed.
  const errors = values.filter((value) => value instanceof SignalboxError);
  const worst = errors.find(({ code }) => code !== "FORWARD_LOOKUP_UNAVAILABLE") ?? errors[0];
  if (worst !== undefined) throw worst;
  return Object.fromEntries(values as (readonly [string, unknown])[]);
}

async function lookedUp(
  recorded: Recorded,
  lookup: Lookup,
  withinMs: number,
  ports: Pick<Ports, "http" | "clock" | "lookups">,
): Promise<{ readonly value: unknown; readonly kept: boolean }> {
  const { target, cacheMs, name } = lookup;
  const { limit, concurrency, timeoutSeconds } = target.file;
  const ask = await askFor(recorded, lookup);
  const budgetMs = Math.min(withinMs, timeoutSeconds * 1000);
  const until = performance.now() + budgetMs;
  const question = { key: await keyOf(recorded, lookup, ask), target: target.name, cacheMs, budgetMs };
  const most = typeof concurrency === "number" ? concurrency : concurrency.max;
  const limits = { concurrency: most, ...(limit && { limit }) };
  const { text, kept } = await ports.lookups.take({ ...question, ...limits }, async () => {
    const timeoutMs = Math.max(1, until - performance.now());
    const keep = { bytes: ANSWER_BYTES, encoding: "utf8" } as const;
    // A repetition of this lookup is known by an id of its own: the delivery's belongs to the call that it is for.
    const id = `${recorded.delivery.id}.${name}` as const;
    const own: Recorded = { ...recorded, delivery: { ...recorded.delivery, id } };
    const sent: Sent = {};
    const answer = await call(own, target, ask.body, ports, sent, { ask, timeoutMs, keep });
    return JSON.stringify(valueOf(answer, sent));
  });
  return { value: JSON.parse(text) as unknown, kept };
}

async function askFor({ payload, context }: Recorded, { name, request }: Lookup): Promise<Ask> {
  if (request === undefined) return ASK_NOTHING;
  const failed = (why: string, cause?: unknown): SignalboxError =>
    new SignalboxError("TRANSFORM_ENRICH_FAILED", `The request of lookup \`${name}\` failed: ${why}.`, {
      cause,
    });
  let yielded: unknown;
  try {
    yielded = await request.evaluate(payload, context);
  } catch (cause) {
    throw failed(detailOf(cause).replace(/\.$/, ""), cause);
  }
  const ask = askOf(yielded);
  if (typeof ask === "string") throw failed(ask);
  return ask;
}

/** The same for the same question to the same API with the same credentials, whoever asks it for whichever event. */
async function keyOf(
  { payload, context }: Recorded,
  { target, identity }: Lookup,
  ask: Ask,
): Promise<string> {
  const { url, texts } = target;
  const rendered = await Promise.all([
    url.render(payload, context),
    ...texts.map(([, text]) => text.render(payload, context)),
  ]);
  const whole = JSON.stringify([identity, target.file.method, rendered, ask]);
  return createHash("sha256").update(whole).digest("base64url").slice(0, 32);
}

/** The answer's body as a value; what is no success is thrown as what it is. */
function valueOf(answer: Answer, { request, url }: Sent): unknown {
  const verdict = verdictOfStatus(answer.status);
  const said = `${request?.method ?? ""} ${url ?? ""}`;
  if (verdict !== "delivered") {
    const code = verdict === "retry" ? "FORWARD_LOOKUP_UNAVAILABLE" : "FORWARD_LOOKUP_REFUSED";
    throw new SignalboxError(code, `the answer to ${said} was ${answer.status}`);
  }
  if (answer.cut === true) {
    const most = `${ANSWER_BYTES / 1024} KB`;
    throw new SignalboxError("FORWARD_LOOKUP_REFUSED", `the answer to ${said} is longer than ${most}`);
  }
  if (answer.body === "") return null;
  return parsed(answer.body, answer.headers["content-type"]) ?? answer.body;
}

/** Whatever went wrong, as a lookup's error with its name. */
function asLookups(thrown: unknown, { name, target, onError }: Lookup): SignalboxError {
  if (!(thrown instanceof SignalboxError)) {
    const said = `Lookup \`${name}\` failed in a way that nobody foresaw; see the log.`;
    return new SignalboxError("FORWARD_LOOKUP_REFUSED", said, { cause: thrown });
  }
  if (thrown.code === "TRANSFORM_ENRICH_FAILED") return thrown;
  const passes = PASSING.includes(thrown.code) && onError !== "dead";
  const detail = `Lookup \`${name}\` of target \`${target.name}\`: ${thrown.detail.replace(/\.$/, "")}.`;
  return new SignalboxError(passes ? "FORWARD_LOOKUP_UNAVAILABLE" : "FORWARD_LOOKUP_REFUSED", detail, {
    cause: thrown,
  });
}

/** Rules of Hookdeck's connections that belong to a target or a source here: how often to try again, what is a repetition. */
import { textOf } from "./hookdeck-export.ts";
import type { Connection, Fields } from "./hookdeck-export.ts";
import type { Draft } from "./plan.ts";

/** A target's `retry` is that of all its connections; where they differ, the most patient one's. */
export function retryOf(connections: readonly Connection[], draft: Draft): Fields {
  const rules = connections.flatMap(({ label, rules }) =>
    rules.filter(({ type }) => type === "retry").map((rule) => ({ label, rule })),
  );
  if (rules.length === 0) return {};
  const read = rules.flatMap(({ label, rule }) => retryRule(rule, `connection ${label}`, draft) ?? []);
  const [first, ...others] = read.sort((a, b) => b.attempts - a.attempts);
  if (first === undefined) return {};
  const differs =
    others.some((one) => JSON.stringify(one) !== JSON.stringify(first)) || rules.length < connections.length;
  if (differs)
    draft.tell(
      "nearly",
      `connections to ${textOf(connections[0]!.destination["name"]) ?? "one destination"}`,
      "they retry differently, and here a target has one `retry`: the most patient is taken.",
    );
  return { retry: first };
}

interface Retry {
  readonly attempts: number;
  readonly firstDelaySeconds: number;
  readonly maxDelaySeconds?: number;
}

function retryRule(rule: Fields, what: string, draft: Draft): Retry | undefined {
  const {
    count = 10,
    interval = 60_000,
    strategy,
  } = rule as { count?: unknown; interval?: unknown; strategy?: unknown };
  const isUsable =
    Number.isInteger(count) &&
    (count as number) >= 0 &&
    typeof interval === "number" &&
    interval > 0 &&
    interval <= 86_400_000;
  if (!isUsable) {
    draft.tell("not", what, "its retry has no count, or an interval that is not from 1 ms to a day.");
    return undefined;
  }
  const attempts = Math.min(100, (count as number) + 1);
  const firstDelaySeconds = (interval as number) / 1000;
  const codes = rule["response_status_codes"];
  if (Array.isArray(codes) && codes.length > 0)
    draft.tell(
      "nearly",
      what,
      `it retries on ${codes.map(String).join(", ")}; here always on 408, 425, 429, 5xx and where nothing answers, and on nothing else.`,
    );
  if (strategy === "exponential") return { attempts, firstDelaySeconds };
  draft.tell(
    "nearly",
    what,
    "it retries after even intervals; here a retry comes at random within the interval.",
  );
  return { attempts, firstDelaySeconds, maxDelaySeconds: firstDelaySeconds };
}

/** Repetitions are known by source here: taken where all of a source's connections say the same of fields that make a key. */
export function dedupeOf(connections: readonly Connection[], draft: Draft): Fields {
  const rules = connections.map(({ rules }) => rules.find(({ type }) => type === "deduplicate"));
  const first = rules.find((rule) => rule !== undefined);
  if (first === undefined) return {};
  const what = `deduplication of source ${textOf(connections[0]!.source["name"]) ?? ""}`.trim();
  const refuse = (reason: string): Fields => (draft.tell("not", what, reason), {});
  if (rules.some((rule) => JSON.stringify(rule) !== JSON.stringify(first)))
    return refuse(
      "its connections differ in it, and here a source knows repetitions: give the source an `id`.",
    );
  const window = first["window"];
  if (typeof window !== "number" || window <= 0) return refuse("it has no window.");
  const dedupeHours = window / 3_600_000;
  const excluded = first["exclude_fields"];
  if (Array.isArray(excluded) && excluded.length > 0)
    return refuse(
      "it leaves fields out of the key; here a key is made of fields that are named: give the source an `id`.",
    );
  const included: unknown[] = Array.isArray(first["include_fields"])
    ? (first["include_fields"] as unknown[])
    : [];
  if (included.length === 0) {
    draft.tell("nearly", what, "the body's hash is the key; headers and query are not part of it.");
    return { id: "body", dedupeHours };
  }
  const places = included.map((one) =>
    /^(body|headers|query)\.([\w.-]+)$/.exec(typeof one === "string" ? one : ""),
  );
  if (places.some((place) => place === null))
    return refuse("its fields are no plain paths: give the source an `id`.");
  const kinds: Readonly<Record<string, string>> = { body: "json", headers: "header", query: "query" };
  const id = places.map((place) => `${kinds[place![1]!]!}:${place![2]!}`);
  draft.tell(
    "taken",
    what,
    `\`id\` and \`dedupeHours\` of the source; a repetition is answered with the first event's id.`,
  );
  return { id: id.length === 1 ? id[0]! : id, dedupeHours };
}

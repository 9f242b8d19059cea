/** A search in bodies or results, told as it goes: `hit` for each find, then `done` with the cursor to go on, or `failed`. */
import type { StreamClient } from "../adapters/http/event-stream.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Call, Shape } from "./endpoint.ts";
import { filterOf, pagingOf } from "./filter.ts";
import type { Hit } from "../history.ts";
import { oneOf } from "./shapes/shape.ts";
import type { SearchHit } from "./shapes/changes.ts";
import type { Watched } from "./watched.ts";

/** What is looked for, and where. */
export const searchQuery = {
  in: {
    ...oneOf("body", "result"),
    default: "body",
    description: "In what came in, or in what a rule made.",
  },
  path: {
    type: "string",
    minLength: 1,
    maxLength: 500,
    description: "Where the value stands: `commits[0].author.name`.",
  },
  value: { type: "string", maxLength: 1000, description: "The value, as text." },
} as const satisfies Readonly<Record<string, Shape>>;

/** Runs a search until its end, or until the client leaves; returns how to stop. */
export function search(
  call: Call,
  client: StreamClient,
  { history, log }: Pick<Watched, "history" | "log">,
): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { in: where, path, value } = call.query;
  const { before, ...filter } = filterOf(call);
  const wanted = {
    ...filter,
    ...pagingOf(call),
    in: where === "result" ? ("result" as const) : ("body" as const),
    path: String(path),
    value: String(value),
  };
  const emit = (hit: Hit): void => {
    if (!signal.aborted && (before === undefined || hit.event < before))
      client.send("hit", JSON.stringify(shownHit(hit)));
  };
  history
    .search(wanted, emit, signal)
    .then(({ scanned, next }) => {
      client.send("done", JSON.stringify({ scanned, ...(next !== undefined && { next }) }));
    })
    .catch((error: unknown) => {
      if (signal.aborted) return;
      const known = error instanceof SignalboxError;
      if (!known) log.error({ error: String(error) }, "search.failed");
      const code = known ? error.code : "ADMIN_STORE_UNAVAILABLE";
      const detail = known ? error.detail : "The store does not answer.";
      client.send("failed", JSON.stringify({ code, detail }));
    })
    .finally(() => client.end());
  return () => stopping.abort();
}

function shownHit({ event, delivery, source, type, receivedAt }: Hit): SearchHit {
  return { event, ...(delivery !== undefined && { delivery }), source, type, receivedAt };
}

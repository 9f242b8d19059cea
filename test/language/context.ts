/** What a rule is told of an event, for tests. */
import type { EventContext } from "../../src/core/event.ts";

/** A GitHub push, received at a fixed time. */
export function aContext(changes: Partial<EventContext> = {}): EventContext {
  return {
    id: "evt_01jd3v0000000000000000000a",
    source: "github",
    type: "push",
    receivedAt: "2026-11-23T10:20:30.456Z",
    headers: { "x-github-event": "push" },
    query: { team: "core", tag: ["a", "b"] },
    method: "POST",
    path: "/hooks/github",
    ...changes,
  };
}

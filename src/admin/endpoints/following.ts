/** What goes on as server-sent events: changes as they happen, each line of the tail, and a search while it runs. */
import type { Endpoint } from "../endpoint.ts";
import { pageQuery } from "../filter.ts";
import { search, searchQuery } from "../search.ts";
import {
  acceptedChange,
  deliveryChange,
  endedChange,
  refusedChange,
  searchDone,
  searchFailed,
  searchHit,
  skippedChange,
  stateChange,
} from "../shapes/changes.ts";
import { deliveryState, filterProperties } from "../shapes/deliveries.ts";
import type { Watched } from "../watched.ts";

export function followingEndpoints(watched: Watched): readonly Endpoint[] {
  const { source, target, route } = filterProperties;
  return [
    {
      method: "GET",
      path: "/api/v1/changes",
      tag: "Following",
      summary: "What happens, coalesced: at most 20 changes in 250 ms, the rest counted in `skipped`",
      scope: "read",
      query: { source, target, route, state: deliveryState },
      streamed: {
        event: acceptedChange,
        delivery: deliveryChange,
        refused: refusedChange,
        target: stateChange,
        replay: stateChange,
        overview: stateChange,
        skipped: skippedChange,
        ended: endedChange,
      },
      stream: ({ query }, client) => watched.changes.subscribe(query, client),
    },
    {
      method: "GET",
      path: "/api/v1/tail",
      tag: "Following",
      summary: "Every accepted event and every attempt, none left out",
      scope: "read",
      streamed: { event: acceptedChange, delivery: deliveryChange, ended: endedChange },
      stream: (_call, client) =>
        watched.follow((line) => {
          if (line.includes('"kind":')) return;
          client.send(line.includes('"delivery":') ? "delivery" : "event", line);
        }),
    },
    {
      method: "GET",
      path: "/api/v1/search",
      tag: "Following",
      summary: "Looks for a value at a path of bodies or results, newest first: `hit` events, then `done`",
      scope: "read",
      query: { ...filterProperties, ...searchQuery, ...pageQuery },
      required: ["path", "value"],
      streamed: { hit: searchHit, done: searchDone, failed: searchFailed, ended: endedChange },
      stream: (call, client) => search(call, client, watched),
    },
  ];
}

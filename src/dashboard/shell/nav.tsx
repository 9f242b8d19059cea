/** The ways to all pages, in three groups: what happens, how it is wired, who runs it. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Overview } from "../../admin/shapes/state.ts";
import type { Scope } from "../../core/role.ts";
import { useReading } from "../api/reading.ts";
import { may } from "./session.ts";

/** How many dead letters there are, as far as it was read: by the overview, and by the navigation itself elsewhere. */
export const deadLetters = signal(0);
/** How many lines are stopped, likewise. */
export const stoppedLines = signal(0);

const EVERY_SECONDS = 60;

interface Place {
  readonly path: string;
  readonly name: string;
  readonly scope?: Scope;
}

const GROUPS: readonly { readonly name: string; readonly places: readonly Place[] }[] = [
  {
    name: "Traffic",
    places: [
      { path: "/", name: "Overview" },
      { path: "/events", name: "Events" },
      { path: "/deliveries", name: "Deliveries" },
      { path: "/dead-letters", name: "Dead letters" },
      { path: "/lines", name: "Stopped lines" },
      { path: "/holds", name: "Holds" },
      { path: "/replays", name: "Replays" },
      { path: "/requests", name: "Requests" },
    ],
  },
  {
    name: "Wiring",
    places: [
      { path: "/map", name: "Map" },
      { path: "/sources", name: "Sources" },
      { path: "/routes", name: "Routes" },
      { path: "/targets", name: "Targets" },
      { path: "/playground", name: "Playground", scope: "author" },
    ],
  },
  {
    name: "Running",
    places: [
      { path: "/people", name: "People", scope: "admin" },
      { path: "/audit", name: "Audit" },
      { path: "/settings", name: "Settings" },
      { path: "/queues", name: "Queues" },
    ],
  },
];

export function Nav({ path }: { readonly path: string }) {
  const overview = useReading<Overview>(isHere("/", path) ? undefined : "overview", {
    everySeconds: EVERY_SECONDS,
  });
  const dead = overview.value?.deadLetters;
  const stopped = overview.value?.stoppedLines;
  useEffect(() => {
    if (dead !== undefined) deadLetters.value = dead;
    if (stopped !== undefined) stoppedLines.value = stopped;
  }, [dead, stopped]);
  return (
    <nav aria-label="Pages">
      {GROUPS.map((group) => (
        <div key={group.name}>
          <h2>{group.name}</h2>
          <ul>
            {group.places
              .filter(({ scope }) => scope === undefined || may(scope))
              .map((place) => (
                <li key={place.path}>
                  <a href={place.path} aria-current={isHere(place.path, path) ? "page" : undefined}>
                    {place.name}
                    {place.path === "/dead-letters" && <Count of={deadLetters.value} what="dead letters" />}
                    {place.path === "/lines" && <Count of={stoppedLines.value} what="stopped lines" />}
                    {place.path === "/queues" && <span aria-hidden="true">↗</span>}
                  </a>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Count({ of, what }: { readonly of: number; readonly what: string }) {
  if (of === 0) return null;
  return (
    <span class="count">
      {of > 9_999 ? "9,999+" : of}
      <span class="hidden-text"> {what}</span>
    </span>
  );
}

function isHere(place: string, path: string): boolean {
  return place === "/" ? path === "/" || path === "/login" : path === place || path.startsWith(`${place}/`);
}

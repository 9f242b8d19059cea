/** Which stretch of time is plotted; it stands in the URL, so that a link shows the same. */
import { useLocation } from "preact-iso";
import { useMemo } from "preact/hooks";
import type { Query } from "../api/call.ts";
import { searchOf } from "../api/call.ts";
import { now } from "../shell/ticking.ts";

const RANGES = [
  ["1h", "1 hour", 3_600, 60],
  ["6h", "6 hours", 21_600, 300],
  ["24h", "24 hours", 86_400, 1_200],
  ["7d", "7 days", 604_800, 10_800],
  ["30d", "30 days", 2_592_000, 43_200],
] as const;

const HOUR_MS = 3_600_000;

/** The chosen range as the API's `from` and `step`; `from` moves on by whole minutes (of long ranges by hours). */
export function useRange(): { readonly name: string; readonly query: Query } {
  const { query } = useLocation();
  const [name, , seconds, step] = RANGES.find(([one]) => one === query["range"]) ?? RANGES[0];
  const grain = seconds > 86_400 ? HOUR_MS : 60_000;
  // Within the router's reach: minutes are kept for a day, hours for 30.
  const from =
    Math.floor(now.value / grain) * grain -
    seconds * 1_000 +
    (seconds === 86_400 || seconds === 2_592_000 ? grain : 0);
  return useMemo(() => ({ name, query: { from: new Date(from).toISOString(), step } }), [name, from, step]);
}

export function RangeChoice({ chosen }: { readonly chosen: string }) {
  const { path, query } = useLocation();
  return (
    <nav class="row" style={{ gap: "2px" }} aria-label="Stretch of time">
      {RANGES.map(([name, shown]) => (
        <a
          key={name}
          class={`button small${name === chosen ? "" : " plain"}`}
          href={`${path}${searchOf({ ...query, range: name === "1h" ? undefined : name })}`}
          aria-current={name === chosen ? "true" : undefined}
          title={shown}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}

/** The overview: is anything wrong, since when, whose fault, and what to do. */
import { useEffect } from "preact/hooks";
import type { Overview, TargetState } from "../../admin/shapes/state.ts";
import { useReading } from "../api/reading.ts";
import { Figures, PageHead, Panel } from "../parts/page.tsx";
import { Age, grouped, span } from "../parts/moment.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { firstDue } from "../parts/written.ts";
import { deadLetters, stoppedLines } from "../shell/nav.tsx";
import { now } from "../shell/ticking.ts";
import { BalanceTable, summed } from "./balance-table.tsx";
import { LatestCauses, LatestEvents } from "./overview-latest.tsx";
import { AttemptsPlot, QuantilePlot, RequestsPlot } from "./overview-plots.tsx";
import { RetriesPanel, StorePanel, WorkersPanel } from "./overview-system.tsx";
import { TargetsTable } from "./targets-table.tsx";

const EVERY_SECONDS = 5;

export function OverviewPage() {
  const overview = useReading<Overview>("overview", { everySeconds: EVERY_SECONDS });
  const { value } = overview;
  useEffect(() => {
    if (value === undefined) return;
    deadLetters.value = value.deadLetters;
    stoppedLines.value = value.stoppedLines;
  }, [value]);
  return (
    <>
      <PageHead title="Overview" about={value === undefined ? "\u00a0" : <Headline {...value} />} />
      <div class="stack">
        <Read of={overview} lines={12}>
          {(shown) => <Shown {...shown} />}
        </Read>
      </div>
    </>
  );
}

function Shown(shown: Overview) {
  const { targets, balance, points } = shown;
  return (
    <>
      <Numbers {...shown} />
      <Panel title="Targets" aside={<a href="/map">Map</a>} bare>
        {targets.length === 0 ? (
          <Empty title="No targets yet">
            <p>
              A target is a file in the workspace's <code>targets/</code>: the address of an API, its
              credentials and limits.
            </p>
          </Empty>
        ) : (
          <TargetsTable targets={targets} />
        )}
      </Panel>
      <div class="columns">
        <LatestEvents events={shown.latestEvents} />
        <LatestCauses causes={shown.latestCauses} />
      </div>
      <div class="columns">
        <AttemptsPlot points={points} />
        <RequestsPlot points={points} />
        <QuantilePlot points={points} of="wait" />
        <QuantilePlot points={points} of="run" />
      </div>
      <Panel
        title="In = out, over the last hours"
        aside={<span class="dim small">deliveries made = those in all states</span>}
        bare
      >
        {balance.hours.length === 0 ? (
          <Empty title="Nothing came in yet" />
        ) : (
          <>
            <BalanceTable rows={summed(balance.hours)} />
            <details>
              <summary class="inside" style={{ padding: "10px 14px" }}>
                Hour by hour
              </summary>
              <BalanceTable rows={[...balance.hours].sort((a, b) => b.hour.localeCompare(a.hour))} hourly />
            </details>
          </>
        )}
      </Panel>
      <div class="columns">
        <RetriesPanel due={shown.retriesDue} />
        <StorePanel store={shown.store} />
      </div>
      <WorkersPanel workers={shown.workers} revision={shown.revision} />
    </>
  );
}

/** One sentence: what a person should look at first. */
function Headline({ targets, balance, store, version }: Overview) {
  const troubled = targets.filter(({ verdict }) =>
    ["failing", "breaker-open", "no-workers", "slow"].includes(verdict),
  );
  const words: string[] = [];
  if (!store.reachable) words.push("the store does not answer");
  if (troubled.length > 0) {
    const named = troubled.slice(0, 2).map(({ name, verdict }) => `${name} is ${sayVerdict(verdict)}`);
    if (troubled.length > 2) named.push(`and ${troubled.length - 2} more`);
    words.push(named.join(", "));
  }
  if (!balance.balanced) words.push("in and out do not add up");
  if (words.length === 0) return <>Nothing is wrong. Signalbox {version}.</>;
  return <span class="bad">To look at: {words.join("; ")}.</span>;
}

function sayVerdict(verdict: TargetState["verdict"]): string {
  return verdict === "no-workers" ? "without workers" : verdict;
}

function Numbers({ targets, sources, deadLetters: dead, points, retriesDue }: Overview) {
  const oldest = targets
    .flatMap(({ name, oldestAt }) => (oldestAt === undefined ? [] : [{ name, oldestAt }]))
    .sort((a, b) => a.oldestAt.localeCompare(b.oldestAt))[0];
  const sum = (of: readonly number[]): number => of.reduce((total, one) => total + one, 0);
  const accepted = sum(sources.map((source) => source.accepted));
  // With those that no source of the workspace was meant by.
  const refused = sum(points.map((point) => point.refused));
  const undelivered = sum(targets.map(({ open }) => open));
  const lastFull = points.slice(-6, -1);
  const drains = targets.flatMap(({ drainSeconds }) =>
    drainSeconds === undefined || drainSeconds === 0 ? [] : [drainSeconds],
  );
  return (
    <Figures
      of={[
        {
          name: "Oldest undelivered",
          value: oldest === undefined ? "none" : <Age at={oldest.oldestAt} />,
          below:
            oldest === undefined ? (
              "all is delivered"
            ) : (
              <a href={`/targets/${encodeURIComponent(oldest.name)}`}>{oldest.name}</a>
            ),
        },
        {
          name: "Undelivered",
          value: <a href="/events?state=open">{grouped(undelivered)}</a>,
          below:
            drains.length > 0
              ? `drained in ${span(Math.max(...drains))}`
              : undelivered === 0
                ? "nothing to drain"
                : "held, or not sent of late",
        },
        {
          name: "Dead letters",
          value: (
            <a href="/dead-letters" class={dead > 0 ? "bad" : undefined}>
              {grouped(dead)}
            </a>
          ),
          below: dead > 0 ? "by cause" : "nothing was given up",
        },
        {
          name: "Retries to fire",
          value: grouped(sum(retriesDue.map(({ count }) => count))),
          below: retriesDue[0] === undefined ? "none waits" : firstDue(retriesDue[0].at, now.value),
        },
        {
          name: "Accepted a minute",
          value:
            lastFull.length === 0
              ? "0"
              : grouped(sum(lastFull.map((point) => point.accepted)) / lastFull.length),
          below: `${grouped(accepted)} in the last hour`,
        },
        {
          name: "Refused, last hour",
          value: <a href="/requests?verdict=refused">{grouped(refused)}</a>,
          below: refused === 0 ? "none" : "by cause",
        },
      ]}
    />
  );
}

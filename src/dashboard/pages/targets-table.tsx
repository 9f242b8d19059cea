/** Targets as a table: the worst first, its reason beside the verdict, and how old the oldest undelivered one is. */
import type { TargetState } from "../../admin/shapes/state.ts";
import { Verdict, gravity } from "../parts/badge.tsx";
import { Age, Time, grouped, millis, span } from "../parts/moment.tsx";
import { Table, type Column } from "../parts/table.tsx";

/** The worst verdict first; of the same, the one whose oldest waits longest. */
function worstFirst(targets: readonly TargetState[]): TargetState[] {
  const waits = ({ oldestAt }: TargetState): number =>
    oldestAt === undefined ? Infinity : Date.parse(oldestAt);
  return [...targets].sort(
    (a, b) => gravity(a.verdict) - gravity(b.verdict) || waits(a) - waits(b) || a.name.localeCompare(b.name),
  );
}

const COLUMNS: readonly Column<TargetState>[] = [
  {
    head: "Target",
    cell: ({ name }) => <strong class="break">{name}</strong>,
    below: ({ reason, since, verdict }) => (
      <div class="why">
        <Verdict verdict={verdict} /> {reason}
        {since !== undefined && verdict !== "fine" && verdict !== "idle" && (
          <span class="dim">
            {" "}
            Since <Time at={since} />.
          </span>
        )}
      </div>
    ),
  },
  {
    head: "Oldest",
    end: true,
    cell: ({ oldestAt }) => (oldestAt === undefined ? "–" : <Age at={oldestAt} />),
  },
  { head: "Waiting", end: true, cell: ({ waiting }) => grouped(waiting) },
  { head: "Retrying", end: true, cell: ({ retrying }) => grouped(retrying) },
  {
    head: "Dead",
    end: true,
    cell: ({ dead }) => <span class={dead > 0 ? "bad" : undefined}>{grouped(dead)}</span>,
  },
  { head: "Per min", end: true, cell: ({ perMinute }) => grouped(perMinute) },
  {
    head: "Drained in",
    end: true,
    cell: ({ drainSeconds }) => (drainSeconds === undefined || drainSeconds === 0 ? "–" : span(drainSeconds)),
  },
  { head: "Wait p95", end: true, cell: ({ wait }) => (wait === undefined ? "–" : millis(wait.p95)) },
  { head: "Run p95", end: true, cell: ({ run }) => (run === undefined ? "–" : millis(run.p95)) },
];

export function TargetsTable({ targets }: { readonly targets: readonly TargetState[] }) {
  return (
    <Table
      label="Targets, the worst first"
      rows={worstFirst(targets)}
      columns={COLUMNS}
      keyOf={({ name }) => name}
      href={({ name }) => `/targets/${encodeURIComponent(name)}`}
    />
  );
}

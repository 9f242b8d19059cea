/** Columns of causes of dead letters and of events that short lists on several pages share. */
import type { DeadCause } from "../../admin/shapes/deliveries.ts";
import { Badge } from "../parts/badge.tsx";
import { Time, grouped } from "../parts/moment.tsx";
import { Spark } from "../parts/spark.tsx";
import type { Column } from "../parts/table.tsx";

/** Of a cause: how many, over the last day, and the last of them. */
export const CAUSE_COUNTS: readonly Column<DeadCause>[] = [
  { head: "Count", end: true, cell: ({ count }) => <Badge tone="bad">{grouped(count)}</Badge> },
  {
    head: "24 h",
    cell: ({ trend }) => <Spark values={trend} label={`Deaths an hour: ${trend.join(", ")}`} />,
  },
  { head: "Last", end: true, cell: ({ lastAt }) => <Time at={lastAt} /> },
];

/** What an event is called in a row. */
export function EventName({ type, source }: { readonly type: string; readonly source: string }) {
  return <span class="break">{`${source} · ${type}`}</span>;
}

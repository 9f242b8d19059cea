/** In against out: what came in per source and hour, what became of it, and where the two do not meet. */
import type { BalanceRow } from "../../admin/shapes/state.ts";
import { Badge } from "../parts/badge.tsx";
import { exact, grouped } from "../parts/moment.tsx";
import { Table, type Column } from "../parts/table.tsx";

/** The counts of several hours as one row. */
export function summed(rows: readonly BalanceRow[]): BalanceRow[] {
  const bySource = new Map<string, BalanceRow>();
  for (const row of rows) {
    const sum = bySource.get(row.source);
    bySource.set(row.source, sum === undefined ? row : plus(sum, row));
  }
  return [...bySource.values()].sort(
    (a, b) => Number(a.balanced) - Number(b.balanced) || b.events - a.events,
  );
}

function plus(a: BalanceRow, b: BalanceRow): BalanceRow {
  const refused = { ...a.refused };
  for (const [code, count] of Object.entries(b.refused)) refused[code] = (refused[code] ?? 0) + count;
  const add = (name: Counted): number => a[name] + b[name];
  return {
    hour: a.hour < b.hour ? a.hour : b.hour,
    source: a.source,
    events: add("events"),
    duplicates: add("duplicates"),
    refused,
    unrouted: add("unrouted"),
    quarantined: add("quarantined"),
    made: add("made"),
    delivered: add("delivered"),
    filtered: add("filtered"),
    pending: add("pending"),
    held: add("held"),
    dead: add("dead"),
    discarded: add("discarded"),
    superseded: add("superseded"),
    deviated: add("deviated"),
    balanced: a.balanced && b.balanced,
    difference: add("difference"),
  };
}

type Counted =
  | "events"
  | "duplicates"
  | "unrouted"
  | "quarantined"
  | "made"
  | "delivered"
  | "filtered"
  | "pending"
  | "held"
  | "dead"
  | "discarded"
  | "superseded"
  | "deviated"
  | "difference";

function counted(head: string, name: Counted, tone?: string): Column<BalanceRow> {
  return {
    head,
    end: true,
    cell: (row) => <span class={row[name] === 0 ? "dim" : tone}>{grouped(row[name])}</span>,
  };
}

function refusedOf({ refused }: BalanceRow): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0);
}

const SOURCE: Column<BalanceRow> = { head: "Source", cell: ({ source }) => source };
const HOUR: Column<BalanceRow> = {
  head: "Hour from",
  cell: ({ hour }) => <span class="nowrap">{exact(Date.parse(hour)).slice(0, 16)}</span>,
};
const COUNTS: readonly Column<BalanceRow>[] = [
  counted("Events", "events"),
  counted("Duplicates", "duplicates"),
  {
    head: "Refused",
    end: true,
    cell: (row) =>
      refusedOf(row) === 0 ? (
        <span class="dim">0</span>
      ) : (
        <a
          href={`/requests?verdict=refused&source=${encodeURIComponent(row.source)}`}
          title={Object.entries(row.refused)
            .map(([code, count]) => `${code}: ${count}`)
            .join("\n")}
        >
          {grouped(refusedOf(row))}
        </a>
      ),
  },
  counted("Unrouted", "unrouted"),
  counted("Deliveries", "made"),
  counted("Delivered", "delivered", "good"),
  counted("Filtered", "filtered"),
  counted("Pending", "pending"),
  counted("Held", "held"),
  counted("Dead", "dead", "bad"),
  counted("Discarded", "discarded"),
  counted("Superseded", "superseded"),
  counted("Deviated", "deviated", "bad"),
  {
    head: "In = out",
    cell: ({ balanced, difference }) =>
      balanced ? (
        <Badge tone="good">adds up</Badge>
      ) : (
        <Badge tone="bad" title="Deliveries made, less those in any state">
          {difference > 0 ? `${grouped(difference)} missing` : `${grouped(-difference)} too many`}
        </Badge>
      ),
  },
];

/** Columns that are shown only where something is in them. */
const RARE: Readonly<Record<string, Counted>> = {
  Unrouted: "unrouted",
  Held: "held",
  Discarded: "discarded",
  Superseded: "superseded",
  Deviated: "deviated",
  Duplicates: "duplicates",
};

export function BalanceTable({
  rows,
  hourly = false,
}: {
  readonly rows: readonly BalanceRow[];
  readonly hourly?: boolean;
}) {
  const columns = COUNTS.filter(({ head }) => {
    const name = RARE[head];
    return name === undefined || rows.some((row) => row[name] !== 0);
  });
  return (
    <Table
      label={hourly ? "Balance by hour and source" : "Balance by source"}
      rows={rows}
      columns={hourly ? [HOUR, SOURCE, ...columns] : [SOURCE, ...columns]}
      keyOf={({ hour, source }) => `${hour} ${source}`}
    />
  );
}

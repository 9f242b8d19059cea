/** Dead letters by what they died of: how many, since when, growing or not, and what is usually done. */
import { useLocation } from "preact-iso";
import type { DeadCause } from "../../admin/shapes/deliveries.ts";
import { useReading } from "../api/reading.ts";
import { Badge, Status } from "../parts/badge.tsx";
import { grouped, Time } from "../parts/moment.tsx";
import { PageHead } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Breaking, Said } from "../parts/said.tsx";
import { Spark } from "../parts/spark.tsx";
import { Table, type Column } from "../parts/table.tsx";
import "./dead-letters.css";
import "./deliveries.css";

export function DeadLettersPage() {
  const { query } = useLocation();
  const { target } = query;
  const causes = useReading<{ readonly items: readonly DeadCause[] }>("dead-letters", { everySeconds: 15 });
  return (
    <>
      <PageHead
        title="Dead letters"
        about="Deliveries that are not tried again by themselves, grouped by what they died of. Mend the cause, then replay them together."
      >
        <a class="button small" href="/deliveries?state=dead">
          One by one
        </a>
      </PageHead>
      <section class="panel" aria-label="Causes">
        <Read of={causes} lines={8}>
          {({ items }) => <Causes items={items} target={target} />}
        </Read>
      </section>
    </>
  );
}

function Causes({
  items,
  target,
}: {
  readonly items: readonly DeadCause[];
  readonly target: string | undefined;
}) {
  const shown = items
    .filter((cause) => target === undefined || cause.target === target)
    .sort((one, other) => other.lastAt.localeCompare(one.lastAt));
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  if (shown.length === 0) {
    return (
      <Empty title={target === undefined ? "No dead letters" : `No dead letters of ${target}`}>
        <p>
          Every delivery was taken, filtered, or is still being tried. A delivery comes here when its target
          refuses it for good, when its retries are used up, or when its rule fails.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <header>
        <span>
          <b>{grouped(total)}</b> {total === 1 ? "delivery" : "deliveries"} of {shown.length}{" "}
          {shown.length === 1 ? "cause" : "causes"}
        </span>
        {target !== undefined && (
          <span class="row small">
            only {target} <a href="/dead-letters">all targets</a>
          </span>
        )}
      </header>
      <Table
        label="Causes of dead letters"
        rows={shown}
        columns={COLUMNS}
        keyOf={({ id }) => id}
        href={({ id }) => `/dead-letters/${encodeURIComponent(id)}`}
      />
    </>
  );
}

/** Growing: more in the last two hours than in the two before. */
function isGrowing(trend: readonly number[]): boolean {
  const sum = (from: number, to?: number): number =>
    trend.slice(from, to).reduce((total, one) => total + one, 0);
  return sum(-2) > sum(-4, -2);
}

/** The trend as bars, with words for it. */
export function Trend({ cause }: { readonly cause: DeadCause }) {
  const lately = cause.trend.slice(-2).reduce((sum, one) => sum + one, 0);
  return (
    <span class="trend">
      <Spark
        values={cause.trend}
        label={`Deaths an hour over the last 24 hours; ${lately} in the last two`}
      />
      {lately === 0 ? (
        <span class="small dim">stopped</span>
      ) : isGrowing(cause.trend) ? (
        <Badge tone="bad">growing</Badge>
      ) : (
        <span class="small dim">going on</span>
      )}
    </span>
  );
}

const COLUMNS: readonly Column<DeadCause>[] = [
  {
    head: "Target and cause",
    wide: true,
    cell: ({ target, status, code }) => (
      <span class="cause-name">
        <b>{target}</b>
        <Status status={status} />
        <span class="small break">
          <Breaking text={code} />
        </span>
      </span>
    ),
  },
  {
    head: "What it said",
    wide: true,
    cell: ({ answer, action, route }) => (
      <div class="cause-said">
        {answer !== undefined && answer !== "" && <code class="break clamp">{answer}</code>}
        <p class="small">
          <Said text={action} />
        </p>
        <p class="small dim">on {route}</p>
      </div>
    ),
  },
  { head: "Count", end: true, cell: ({ count }) => <b>{grouped(count)}</b> },
  { head: "Last 24 h", cell: (cause) => <Trend cause={cause} /> },
  { head: "First", cell: ({ firstAt }) => <Time at={firstAt} /> },
  { head: "Last", cell: ({ lastAt }) => <Time at={lastAt} /> },
];

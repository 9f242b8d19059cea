/** The latest events and the latest causes of dead letters, each one click away. */
import type { DeadCause, ListedEvent } from "../../admin/shapes/deliveries.ts";
import { useReading, type Reading } from "../api/reading.ts";
import { Badge, StateBadge, Status } from "../parts/badge.tsx";
import { Time, grouped } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Spark } from "../parts/spark.tsx";
import { Table } from "../parts/table.tsx";

const EVENTS = 8;
const CAUSES = 5;

/** Read by the page, so that they are asked for together with the overview. */
export function useLatestEvents(): Reading<{ items: ListedEvent[] }> {
  return useReading("events", { query: { limit: EVENTS }, everySeconds: 5 });
}

export function LatestEvents({ events }: { readonly events: Reading<{ items: ListedEvent[] }> }) {
  return (
    <Panel title="Latest events" aside={<a href="/events">All events</a>} bare>
      <Read of={events} lines={EVENTS}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No event yet">
              <p>
                Send a signed sample: <code>npx signalbox send github push</code>
              </p>
            </Empty>
          ) : (
            <Table
              label="Latest events"
              rows={items}
              keyOf={({ id }) => id}
              href={({ id }) => `/events/${id}`}
              columns={[
                {
                  head: "Type",
                  cell: ({ type, source }) => <span class="break">{`${source} · ${type}`}</span>,
                },
                {
                  head: "Became",
                  cell: ({ deliveries, state }) => <Became deliveries={deliveries} state={state} />,
                },
                { head: "Received", end: true, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
              ]}
            />
          )
        }
      </Read>
    </Panel>
  );
}

/** The states of an event's deliveries; its own where it has none. */
function Became({ deliveries, state }: Pick<ListedEvent, "deliveries" | "state">) {
  if (deliveries.length === 0) return <StateBadge state={state} />;
  const states = new Map<(typeof deliveries)[number]["state"], number>();
  for (const delivery of deliveries) states.set(delivery.state, (states.get(delivery.state) ?? 0) + 1);
  return (
    <span class="row" style={{ gap: "4px" }}>
      {[...states].map(([one, count]) => (
        <span key={one}>
          <StateBadge state={one} />
          {count > 1 && <span class="dim small"> ×{count}</span>}
        </span>
      ))}
    </span>
  );
}

export function useLatestCauses(): Reading<{ items: DeadCause[] }> {
  return useReading("dead-letters", { everySeconds: 15 });
}

export function LatestCauses({ causes }: { readonly causes: Reading<{ items: DeadCause[] }> }) {
  return (
    <Panel title="Dead letters, the latest causes" aside={<a href="/dead-letters">All causes</a>} bare>
      <Read of={causes} lines={CAUSES}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No dead letters">
              <p>What no retry can help lands here, grouped by its cause.</p>
            </Empty>
          ) : (
            <Table
              label="Latest causes of dead letters"
              rows={[...items].sort((a, b) => b.lastAt.localeCompare(a.lastAt)).slice(0, CAUSES)}
              keyOf={({ id }) => id}
              href={({ id }) => `/dead-letters/${encodeURIComponent(id)}`}
              columns={[
                {
                  head: "Cause",
                  wide: true,
                  cell: ({ target, status, code }) => (
                    <span class="break">
                      {target} <Status status={status} /> <code>{code}</code>
                    </span>
                  ),
                },
                { head: "Count", end: true, cell: ({ count }) => <Badge tone="bad">{grouped(count)}</Badge> },
                {
                  head: "24 h",
                  cell: ({ trend }) => <Spark values={trend} label={`Deaths an hour: ${trend.join(", ")}`} />,
                },
                { head: "Last", end: true, cell: ({ lastAt }) => <Time at={lastAt} /> },
              ]}
            />
          )
        }
      </Read>
    </Panel>
  );
}

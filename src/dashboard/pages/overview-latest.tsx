/** The latest events and the latest causes of dead letters, each one click away. */
import type { DeadCause, ListedEvent } from "../../admin/shapes/deliveries.ts";
import { StateBadge, Status } from "../parts/badge.tsx";
import { Time } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Empty } from "../parts/problem.tsx";
import { Table } from "../parts/table.tsx";
import { CAUSE_COUNTS, EventName } from "./dead-letters-columns.tsx";

export function LatestEvents({ events }: { readonly events: readonly ListedEvent[] }) {
  return (
    <Panel title="Latest events" aside={<a href="/events">All events</a>} bare>
      {events.length === 0 ? (
        <Empty title="No event yet">
          <p>
            Send a signed sample: <code>npx signalbox send github push</code>
          </p>
        </Empty>
      ) : (
        <Table
          label="Latest events"
          rows={events}
          keyOf={({ id }) => id}
          href={({ id }) => `/events/${id}`}
          columns={[
            {
              head: "Type",
              cell: EventName,
            },
            {
              head: "Became",
              cell: ({ deliveries, state }) => <Became deliveries={deliveries} state={state} />,
            },
            { head: "Received", end: true, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
          ]}
        />
      )}
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

export function LatestCauses({ causes }: { readonly causes: readonly DeadCause[] }) {
  return (
    <Panel title="Dead letters, the latest causes" aside={<a href="/dead-letters">All causes</a>} bare>
      {causes.length === 0 ? (
        <Empty title="No dead letters">
          <p>What no retry can help lands here, grouped by its cause.</p>
        </Empty>
      ) : (
        <Table
          label="Latest causes of dead letters"
          rows={causes}
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
            ...CAUSE_COUNTS,
          ]}
        />
      )}
    </Panel>
  );
}

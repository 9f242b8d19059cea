/** What waits for a target, and what died on it by cause. */
import type { DeadCause, ListedDelivery } from "../../admin/shapes/deliveries.ts";
import { searchOf } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { StateBadge, Status } from "../parts/badge.tsx";
import { Age, Time, grouped } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Breaking, Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import { CAUSE_COUNTS, EventName } from "./dead-letters-columns.tsx";

/** So many of each state. */
const SHOWN = 5;

/** The newest of each open state; the API lists one state at a time. */
export function TargetOpen({ name }: { readonly name: string }) {
  const held = useOpen(name, "held");
  const retrying = useOpen(name, "retrying");
  const pending = useOpen(name, "pending");
  const all = [held, retrying, pending];
  const reading = {
    value: all.every(({ value }) => value !== undefined)
      ? all.flatMap(({ value }) => value?.items ?? [])
      : undefined,
    problem: all.find(({ problem }) => problem !== undefined)?.problem,
    loading: false,
    again: () => all.forEach(({ again }) => again()),
  };
  return (
    <Panel
      title="Open deliveries"
      aside={<a href={`/deliveries${searchOf({ target: name })}`}>All deliveries</a>}
      bare
    >
      <Read of={reading} lines={6}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="Nothing is open" />
          ) : (
            <Table
              label="Open deliveries, the newest of each state"
              rows={items}
              keyOf={({ id }) => id}
              href={({ id }) => `/deliveries/${id}`}
              columns={[
                {
                  head: "Event",
                  cell: EventName,
                },
                { head: "Route", cell: ({ route }) => <span class="break">{route}</span> },
                { head: "State", cell: (delivery) => <StateBadge state={delivery.state} /> },
                {
                  head: "Last",
                  cell: ({ status, code }) =>
                    status === undefined ? <code>{code}</code> : <Status status={status} />,
                },
                { head: "Attempts", end: true, cell: ({ attempts }) => grouped(attempts) },
                {
                  head: "Next",
                  end: true,
                  cell: ({ dueAt }) => (dueAt === undefined ? "–" : <Time at={dueAt} />),
                },
                { head: "Age", end: true, cell: ({ receivedAt }) => <Age at={receivedAt} /> },
              ]}
            />
          )
        }
      </Read>
    </Panel>
  );
}

function useOpen(target: string, state: string) {
  return useReading<{ items: ListedDelivery[] }>("deliveries", {
    query: { target, state, limit: SHOWN },
    everySeconds: 10,
  });
}

/** The causes that are this target's. */
export function TargetDead({ name }: { readonly name: string }) {
  const causes = useReading<{ items: DeadCause[] }>("dead-letters", { everySeconds: 15 });
  return (
    <Panel title="Dead letters by cause" aside={<a href="/dead-letters">Of all targets</a>} bare>
      <Read of={causes} lines={4}>
        {({ items }) => {
          const own = items.filter(({ target }) => target === name);
          if (own.length === 0) return <Empty title="No dead letters" />;
          return (
            <Table
              label="Causes of dead letters"
              rows={own}
              keyOf={({ id }) => id}
              href={({ id }) => `/dead-letters/${encodeURIComponent(id)}`}
              columns={[
                {
                  head: "Cause",
                  cell: ({ code, status }) => (
                    <>
                      <code class="break">
                        <Breaking text={code} />
                      </code>{" "}
                      <Status status={status} />
                    </>
                  ),
                  below: ({ action }) => (
                    <div class="dim small">
                      <Said text={action} />
                    </div>
                  ),
                  wide: true,
                },
                ...CAUSE_COUNTS,
              ]}
            />
          );
        }}
      </Read>
    </Panel>
  );
}

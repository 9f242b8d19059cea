/** What the router stands on: when retries will fire, the store, the workers. */
import type { Overview, StoreState, WorkerState } from "../../admin/shapes/state.ts";
import { Badge } from "../parts/badge.tsx";
import { Time, bytes, exact, grouped, millis, span } from "../parts/moment.tsx";
import { Facts, Panel } from "../parts/page.tsx";
import { Empty } from "../parts/problem.tsx";
import { Table } from "../parts/table.tsx";
import { now } from "../shell/ticking.ts";

/** A worker that has made no progress for so long is looked at. */
const STUCK_MS = 60_000;

export function RetriesPanel({ due }: { readonly due: Overview["retriesDue"] }) {
  const most = Math.max(1, ...due.map(({ count }) => count));
  return (
    <Panel title="When waiting retries fire">
      {due.length === 0 ? (
        <Empty title="No retry waits" />
      ) : (
        <table>
          <thead class="hidden-text">
            <tr>
              <th scope="col">Until</th>
              <th scope="col">Retries</th>
              <th scope="col">Share</th>
            </tr>
          </thead>
          <tbody>
            {due.map(({ at, count }) => (
              <tr key={at}>
                <th
                  scope="row"
                  class="dim small"
                  style={{ textAlign: "left", width: "120px", fontWeight: 400 }}
                >
                  <span title={exact(Date.parse(at))}>
                    within {span((Date.parse(at) - now.value) / 1000)}
                  </span>
                </th>
                <td style={{ textAlign: "right", width: "70px", padding: "3px 12px" }}>{grouped(count)}</td>
                <td>
                  <span class="bar">
                    <i style={{ width: `${(100 * count) / most}%` }} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

export function StorePanel({ store }: { readonly store: StoreState }) {
  const { history, usedBytes, maxBytes } = store;
  return (
    <Panel
      title="Store"
      aside={store.reachable ? <Badge tone="good">reachable</Badge> : <Badge tone="bad">not reachable</Badge>}
    >
      <div class="stack" style={{ gap: "10px" }}>
        {store.warnings.map((warning) => (
          <div key={warning} class="problem warning">
            {warning}
          </div>
        ))}
        <Facts
          of={[
            ["Kind", store.describe],
            ["Durability", store.durability],
            [
              "Memory",
              usedBytes !== undefined && (
                <>
                  {bytes(usedBytes)}
                  {maxBytes !== undefined && maxBytes > 0 && ` of ${bytes(maxBytes)}`}
                  {maxBytes !== undefined && maxBytes > 0 && (
                    <span class="bar" style={{ marginTop: "4px" }}>
                      <i style={{ width: `${Math.min(100, (100 * usedBytes) / maxBytes)}%` }} />
                    </span>
                  )}
                </>
              ),
            ],
            [
              "History",
              <>
                {grouped(history.events)} {history.events === 1 ? "event" : "events"} in{" "}
                {bytes(history.bytes)}
                {history.oldestAt !== undefined && (
                  <>
                    , the oldest from <Time at={history.oldestAt} />
                  </>
                )}
              </>,
            ],
          ]}
        />
      </div>
    </Panel>
  );
}

export function WorkersPanel({
  workers,
  revision,
}: {
  readonly workers: readonly WorkerState[];
  readonly revision: string;
}) {
  return (
    <Panel title="Processes" aside={<span class="dim small">rules {revision.slice(0, 10)}</span>} bare>
      {workers.length === 0 ? (
        <Empty title="No process has reported">
          <p>Each one reports every five seconds; look at the router's log.</p>
        </Empty>
      ) : (
        <Table
          label="Processes of the router"
          rows={workers}
          keyOf={({ id }) => id}
          columns={[
            { head: "Process", cell: ({ host, pid }) => `${host} · ${pid}` },
            { head: "Role", cell: ({ role }) => role },
            {
              head: "Last progress",
              cell: ({ progressAt, active, role }) => {
                const stuck =
                  role !== "ingest" && active > 0 && now.value - Date.parse(progressAt) > STUCK_MS;
                return (
                  <span class={stuck ? "bad" : undefined}>
                    <Time at={progressAt} />
                    {stuck && " (stuck?)"}
                  </span>
                );
              },
            },
            { head: "Under way", end: true, cell: ({ active }) => grouped(active) },
            { head: "Event loop lag", end: true, cell: ({ loopLagMs }) => millis(loopLagMs) },
            { head: "Memory", end: true, cell: ({ memoryBytes }) => bytes(memoryBytes) },
            {
              head: "Rules",
              cell: (worker) => (
                <span>
                  <code>{worker.revision.slice(0, 10)}</code>{" "}
                  {worker.revision !== revision && worker.role !== "ingest" && (
                    <Badge tone="warn">others</Badge>
                  )}
                </span>
              ),
            },
            { head: "Started", cell: ({ startedAt }) => <Time at={startedAt} /> },
            { head: "Seen", cell: ({ seenAt }) => <Time at={seenAt} /> },
          ]}
        />
      )}
    </Panel>
  );
}

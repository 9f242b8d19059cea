/** All sources: who calls, how it is known that it is really them, and what came in over the last hour. */
import type { SourceState } from "../../admin/shapes/state.ts";
import { searchOf } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Copy } from "../parts/copy.tsx";
import { To } from "../parts/link.tsx";
import { Time, grouped } from "../parts/moment.tsx";
import { PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";

export function SourcesPage() {
  const sources = useReading<{ items: SourceState[] }>("sources", { everySeconds: 10 });
  return (
    <>
      <PageHead title="Sources" about="Who calls, and what came in over the last hour." />
      <Panel title="All sources" bare>
        <Read of={sources} lines={8}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No sources yet">
                <p>
                  A source is a file in the workspace's <code>sources/</code>;{" "}
                  <code>signalbox providers</code> lists whose webhooks are known already.
                </p>
              </Empty>
            ) : (
              <Table
                label="Sources"
                rows={items}
                keyOf={({ name }) => name}
                href={({ name, file }) =>
                  file === undefined
                    ? `/events${searchOf({ source: name })}`
                    : `/sources/${encodeURIComponent(name)}`
                }
                columns={[
                  {
                    head: "Source",
                    cell: ({ name }) => <strong class="break">{name}</strong>,
                    below: ({ provider, scheme, schedule, file }) => (
                      <div class="dim small">
                        {file === undefined ? (
                          "what the router itself does"
                        ) : (
                          <>
                            {schedule === undefined
                              ? `${provider ?? "own scheme"} · ${scheme}`
                              : "a schedule"}{" "}
                            · <code>{file}</code>
                          </>
                        )}
                      </div>
                    ),
                  },
                  {
                    head: "Webhooks are posted to",
                    wide: true,
                    cell: ({ path, schedule, nextAt }) =>
                      schedule !== undefined ? (
                        <>
                          <Said text={schedule} />
                          {nextAt !== undefined && (
                            <div class="dim small">
                              next <Time at={nextAt} />
                            </div>
                          )}
                        </>
                      ) : path === undefined ? (
                        "–"
                      ) : (
                        <span class="row together">
                          <code class="break">{path}</code> <Copy text={path} what={`Copied ${path}`} />
                        </span>
                      ),
                  },
                  { head: "Accepted", end: true, cell: ({ accepted }) => grouped(accepted) },
                  { head: "Duplicates", end: true, cell: ({ duplicates }) => grouped(duplicates) },
                  {
                    head: "Refused",
                    wide: true,
                    cell: ({ name, refused }) => <Refused name={name} refused={refused} />,
                  },
                  {
                    head: "Last",
                    end: true,
                    cell: ({ lastAt }) => (lastAt === undefined ? "–" : <Time at={lastAt} />),
                  },
                  {
                    head: "Routes",
                    wide: true,
                    cell: ({ routes }) => (
                      <span class="row">
                        {routes.length === 0 && <span class="warn">none: its events go nowhere</span>}
                        {routes.map((route) => (
                          <To key={route} kind="routes" name={route} />
                        ))}
                      </span>
                    ),
                  },
                ]}
              />
            )
          }
        </Read>
      </Panel>
    </>
  );
}

function Refused({ name, refused }: Pick<SourceState, "name" | "refused">) {
  const causes = Object.entries(refused).sort(([, a], [, b]) => b - a);
  if (causes.length === 0) return <span class="dim">0</span>;
  return (
    <ul style={{ listStyle: "none", padding: 0 }}>
      {causes.map(([code, count]) => (
        <li key={code}>
          <a href={`/requests${searchOf({ verdict: "refused", source: name, code })}`}>
            {grouped(count)} <code>{code}</code>
          </a>
        </li>
      ))}
    </ul>
  );
}

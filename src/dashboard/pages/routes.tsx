/** All routes: which events of a source are rewritten by what and go where, with their traffic. */
import type { RouteState } from "../../admin/shapes/state.ts";
import { useReading } from "../api/reading.ts";
import { To } from "../parts/link.tsx";
import { grouped } from "../parts/moment.tsx";
import { PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Table } from "../parts/table.tsx";

export function RoutesPage() {
  const routes = useReading<{ items: RouteState[] }>("routes", { everySeconds: 10 });
  return (
    <>
      <PageHead
        title="Routes"
        about="Which events are rewritten by which rule and go to which target; counts of the last hour."
      />
      <Panel title="All routes" aside={<a href="/map">Map</a>} bare>
        <Read of={routes} lines={8}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No routes yet">
                <p>
                  A route is a file in the workspace's <code>routes/</code>. <code>docs/first-route.md</code>{" "}
                  leads through the first one.
                </p>
              </Empty>
            ) : (
              <Table
                label="Routes"
                rows={items}
                keyOf={({ name }) => name}
                href={({ name }) => `/routes/${encodeURIComponent(name)}`}
                columns={[
                  {
                    head: "Route",
                    cell: ({ name }) => <strong class="break">{name}</strong>,
                    below: ({ when }) =>
                      when === undefined ? null : (
                        <div class="small dim break">
                          when <code>{when}</code>
                        </div>
                      ),
                  },
                  { head: "Source", cell: ({ source }) => source },
                  { head: "Types", cell: ({ on }) => <span class="break">{on.join(", ")}</span> },
                  {
                    head: "Rule",
                    cell: ({ transform }) => transform ?? <span class="dim">body unchanged</span>,
                  },
                  { head: "Target", cell: ({ target }) => <To kind="targets" name={target} /> },
                  { head: "Per min", end: true, cell: ({ perMinute }) => grouped(perMinute) },
                  { head: "Delivered", end: true, cell: ({ delivered }) => grouped(delivered) },
                  {
                    head: "Failed",
                    end: true,
                    cell: ({ failed }) => (
                      <span class={failed > 0 ? "bad" : undefined}>{grouped(failed)}</span>
                    ),
                  },
                  { head: "Filtered", end: true, cell: ({ filtered }) => grouped(filtered) },
                ]}
              />
            )
          }
        </Read>
      </Panel>
    </>
  );
}

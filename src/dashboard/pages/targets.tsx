/** All targets, the worst first. */
import type { TargetState } from "../../admin/shapes/state.ts";
import { useReading } from "../api/reading.ts";
import { PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { TargetsTable } from "./targets-table.tsx";

export function TargetsPage() {
  const targets = useReading<{ items: TargetState[] }>("targets", { everySeconds: 5 });
  return (
    <>
      <PageHead title="Targets" about="The APIs that are called, the worst first." />
      <Panel title="All targets" bare>
        <Read of={targets} lines={10}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No targets yet">
                <p>
                  A target is a file in the workspace's <code>targets/</code>: the address of an API, its
                  credentials and limits.
                </p>
              </Empty>
            ) : (
              <TargetsTable targets={items} />
            )
          }
        </Read>
      </Panel>
    </>
  );
}

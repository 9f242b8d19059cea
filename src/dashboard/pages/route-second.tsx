/** A route's second transforms: how its canary fares, and where its shadow would have made something else. */
import type { ShownCanary, ShownShadow } from "../../admin/shapes/second-rules.ts";
import { call } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Badge } from "../parts/badge.tsx";
import { Id } from "../parts/link.tsx";
import { grouped, Time } from "../parts/moment.tsx";
import { Facts, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Sure } from "../parts/sure.tsx";
import { Table } from "../parts/table.tsx";
import { may } from "../shell/session.ts";

export function CanaryPanel({ route }: { readonly route: string }) {
  const path = `routes/${encodeURIComponent(route)}/canary`;
  const canary = useReading<ShownCanary>(path, { everySeconds: 5 });
  const decide = (does: "resume" | "rollback") => async (): Promise<void> => {
    await call("POST", path, { body: { does } });
    canary.again();
  };
  return (
    <Panel title="Canary">
      <Read of={canary} lines={6}>
        {(shown) => (
          <>
            <Facts
              of={[
                ["Transform", <code key="transform">{shown.transform}</code>],
                [
                  "State",
                  shown.state === "on" ? (
                    <Badge tone="good">on</Badge>
                  ) : (
                    <Badge tone="bad">rolled back</Badge>
                  ),
                ],
                ["Has", `${shown.percent} % of the keys`],
                ["Key", <code key="by">{shown.by ?? "$event.id"}</code>],
                [
                  "Its first attempts",
                  `${grouped(shown.own.failures)} of ${grouped(shown.own.deliveries)} failed`,
                ],
                [
                  "The other's",
                  `${grouped(shown.other.failures)} of ${grouped(shown.other.deliveries)} failed`,
                ],
                ["Rolled back", shown.rolledBack && <Time key="at" at={shown.rolledBack.at} />],
                ["Why", shown.rolledBack?.why],
                ["By", shown.rolledBack?.by],
                ["Failed", shown.samples.length > 0 && <Events key="events" ids={shown.samples} />],
              ]}
            />
            {may("operate") && (
              <div class="row">
                {shown.state === "on" ? (
                  <Sure
                    verb="Roll back"
                    title={`Roll ${shown.transform} back`}
                    about={<p>{shown.instead} makes all deliveries again.</p>}
                    act={decide("rollback")}
                    danger
                  />
                ) : (
                  <Sure
                    verb="Resume"
                    title={`Let ${shown.transform} begin anew`}
                    about={<p>It makes {shown.percent} % of the deliveries again, with nothing counted.</p>}
                    act={decide("resume")}
                  />
                )}
              </div>
            )}
          </>
        )}
      </Read>
    </Panel>
  );
}

export function ShadowPanel({ route }: { readonly route: string }) {
  const shadow = useReading<ShownShadow>(`routes/${encodeURIComponent(route)}/shadow`, { everySeconds: 5 });
  return (
    <Panel title="Shadow" bare>
      <Read of={shadow} lines={6}>
        {({ transform, same, differs, failed, mended, skipped, found }) => (
          <>
            <div class="inside">
              <Facts
                of={[
                  ["Transform", <code key="transform">{transform}</code>],
                  ["The same", grouped(same)],
                  ["Different", grouped(differs)],
                  ["It failed", grouped(failed)],
                  ["The other failed", grouped(mended)],
                  ["Skipped", skipped > 0 && grouped(skipped)],
                ]}
              />
            </div>
            {found.length === 0 ? (
              <Empty title="No difference so far" />
            ) : (
              <Table
                label="Differences"
                rows={found}
                keyOf={({ path, how }) => `${path} ${how}`}
                columns={[
                  { head: "Path", cell: ({ path }) => <code class="break">{path === "" ? "/" : path}</code> },
                  { head: "How", wide: true, cell: ({ how }) => how },
                  { head: "Count", end: true, cell: ({ count }) => grouped(count) },
                  { head: "Events", wide: true, cell: ({ samples }) => <Events ids={samples} /> },
                ]}
              />
            )}
          </>
        )}
      </Read>
    </Panel>
  );
}

function Events({ ids }: { readonly ids: readonly string[] }) {
  return (
    <span class="row">
      {ids.map((id) => (
        <Id key={id} id={id} href={`/events/${encodeURIComponent(id)}`} short />
      ))}
    </span>
  );
}

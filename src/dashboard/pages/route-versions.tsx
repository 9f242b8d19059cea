/** The versions of a route: since when it ran by each, of which commit, and what each is made of beside the one in force. */
import { useState } from "preact/hooks";
import type { VersionLoad, VersionWhole } from "../../admin/shapes/versions.ts";
import { useReading, type Reading } from "../api/reading.ts";
import { DiffView } from "../diff-view.tsx";
import { Badge } from "../parts/badge.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Time } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Empty, Loading, ProblemBox, Read } from "../parts/problem.tsx";
import type { Moment } from "../parts/plotted.ts";

interface Loads {
  readonly items: readonly VersionLoad[];
}

/** When the route came to run by which version. */
export function useVersions(route: string): Reading<Loads> {
  return useReading<Loads>(`routes/${encodeURIComponent(route)}/versions`, { everySeconds: 30 });
}

/** The beginnings of versions, as moments of plots. */
export function momentsOf(loads: readonly VersionLoad[] = []): readonly Moment[] {
  return loads.map(({ version, at }) => ({ at, label: version.slice(0, 6) }));
}

const SHOWN = 10;

export function Versions({ of }: { readonly of: Reading<Loads> }) {
  const [chosen, choose] = useState<VersionLoad | undefined>();
  const [all, setAll] = useState(false);
  const now = of.value?.items.find(({ inForce }) => inForce);
  return (
    <Panel title="Versions">
      <Read of={of} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="None is written down yet" />
          ) : (
            <div class="stack">
              <div class="table">
                <table aria-label="Versions of the route, newest first">
                  <thead>
                    <tr>
                      <th scope="col">Version</th>
                      <th scope="col">Since</th>
                      <th scope="col">Commit</th>
                      <th scope="col" />
                    </tr>
                  </thead>
                  <tbody>
                    {(all ? items : items.slice(0, SHOWN)).map((load) => (
                      <tr key={`${load.version} ${load.at}`}>
                        <td>
                          <code>{load.version}</code>
                        </td>
                        <td>
                          <Time at={load.at} />
                        </td>
                        <td>
                          {load.commit !== undefined && <code>{load.commit.slice(0, 10)}</code>}
                          {load.edited && <span class="dim small"> and edits</span>}
                        </td>
                        <td class="row">
                          {load.inForce && <Badge tone="good">in force</Badge>}
                          {!load.kept && <Badge tone="calm">texts not kept</Badge>}
                          {load.kept && !load.inForce && now !== undefined && (
                            <button type="button" class="button small" onClick={() => choose(load)}>
                              Compare
                            </button>
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {!all && items.length > SHOWN && (
                <button type="button" class="button small" onClick={() => setAll(true)}>
                  All {items.length}
                </button>
              )}
            </div>
          )
        }
      </Read>
      {chosen !== undefined && now !== undefined && (
        <Compared former={chosen.version} now={now.version} close={() => choose(undefined)} />
      )}
    </Panel>
  );
}

function Compared(props: { readonly former: string; readonly now: string; readonly close: () => void }) {
  const former = useReading<VersionWhole>(`versions/${props.former}`);
  const now = useReading<VersionWhole>(`versions/${props.now}`);
  const problem = former.problem ?? now.problem;
  return (
    <Dialog title={`Version ${props.former} and the one in force`} close={props.close} wide>
      {problem && <ProblemBox problem={problem} />}
      {!problem && (former.value === undefined || now.value === undefined) && <Loading lines={6} />}
      {former.value !== undefined && now.value !== undefined && (
        <DiffView
          label="Difference of the versions"
          before={comparable(former.value)}
          after={comparable(now.value)}
          titles={[props.former, `${props.now}, in force`]}
        />
      )}
      <div class="actions">
        <button type="button" class="button" onClick={props.close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

/** The rule by its lines, so that the difference is told by line. */
function comparable({ version: _version, rule, ...rest }: VersionWhole): object {
  return { ...(rule !== undefined && { rule: rule.trimEnd().split("\n") }), ...rest };
}

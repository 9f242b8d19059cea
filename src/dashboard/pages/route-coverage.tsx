/** How much of a route's rule runs on live traffic, and what never does. */
import type { LiveCoverageState } from "../../admin/shapes/coverage.ts";
import { useReading } from "../api/reading.ts";
import { grouped } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";

/** Gaps that are shown. */
const MOST = 12;

export function LiveCoverage({ route }: { readonly route: string }) {
  const read = useReading<LiveCoverageState>(`routes/${encodeURIComponent(route)}/coverage`, {
    everySeconds: 15,
  });
  return (
    <Panel title="Coverage on live traffic">
      <Read of={read} lines={4}>
        {(shown) =>
          shown.samples === 0 ? (
            <Empty title={shown.oneIn === 0 ? "It is not counted" : "Nothing was counted yet"}>
              <p>
                {shown.oneIn === 0
                  ? "SIGNALBOX_COVERAGE_ONE_IN=200 counts one delivery in 200."
                  : `One delivery in ${grouped(shown.oneIn)} is counted.`}
              </p>
            </Empty>
          ) : (
            <div class="stack">
              <p class="small dim">
                {grouped(shown.samples)} deliveries were counted since the files changed last.
              </p>
              {shown.rules.map(({ kind, file, percent, gaps }) => (
                <div key={kind}>
                  <p>
                    <code>{file}</code>
                    {kind === "when" && " when"}: <strong>{percent} %</strong>
                  </p>
                  {gaps.length > 0 && (
                    <ul class="small" aria-label={`What never ran of ${file}`}>
                      {gaps.slice(0, MOST).map(({ line, column, what }) => (
                        <li key={`${line}:${column}`}>
                          {line}:{column} <Said text={what} />
                        </li>
                      ))}
                      {gaps.length > MOST && <li class="dim">and {gaps.length - MOST} more</li>}
                    </ul>
                  )}
                </div>
              ))}
            </div>
          )
        }
      </Read>
    </Panel>
  );
}

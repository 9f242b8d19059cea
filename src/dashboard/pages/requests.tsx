/** Requests to the sources: which were refused and why, as the sender was not told, which are held, which were repetitions. */
import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { ListedRequest } from "../../admin/shapes/requests.ts";
import type { SourceState } from "../../admin/shapes/state.ts";
import { searchOf } from "../api/call.ts";
import { usePages, useReading } from "../api/reading.ts";
import { Choice } from "../parts/field.tsx";
import { grouped } from "../parts/moment.tsx";
import { PageHead, Panel } from "../parts/page.tsx";
import { Empty, Forbidden, Loading, ProblemBox } from "../parts/problem.tsx";
import { More, Table } from "../parts/table.tsx";
import { timeOf } from "./events-filter.ts";
import { RequestsList } from "./requests-list.tsx";
import "./requests.css";

/** What would stand there, by verdict. */
const NOTHING: Readonly<Record<string, string>> = {
  refused:
    "Of refused requests the latest are kept; none fits. Wrong signatures, unreadable bodies and unknown sources would stand here.",
  held: "None is held. A source with `onInvalid: quarantine` keeps requests that are not verified for some hours, encrypted, until somebody lets them in.",
  duplicate:
    "Of requests that brought an event again the latest are kept; none fits. They would stand here, each with the first one.",
};

interface Causes {
  readonly source: string;
  readonly code: string;
  readonly count: number;
}

export function RequestsPage() {
  const { query, route } = useLocation();
  const { verdict = "refused", source = "", code = "", from = "" } = query;
  const asked = useMemo(
    () => ({
      verdict: verdict === "all" ? "" : verdict,
      source,
      code,
      from: timeOf(from, Date.now()) ?? from,
      limit: 50,
    }),
    [verdict, source, code, from],
  );
  const pages = usePages<ListedRequest>("requests", asked);
  const sources = useReading<{ readonly items: readonly SourceState[] }>("sources", { everySeconds: 30 });
  const go = (changed: Readonly<Record<string, string>>): void =>
    route(`/requests${searchOf({ verdict, source, code, from, ...changed })}`);
  const known = sources.value?.items ?? [];
  const causes = known
    .flatMap((one): Causes[] =>
      Object.entries(one.refused).map(([cause, count]) => ({ source: one.name, code: cause, count })),
    )
    .filter(({ count }) => count > 0)
    .sort((one, other) => other.count - one.count);
  const codes = [...new Set([...causes.map((one) => one.code), ...(code === "" ? [] : [code])])].sort();
  return (
    <>
      <PageHead
        title="Requests"
        about="Each HTTP call to a source. Of a refused one the cause is kept, which its sender was not told; its body only in quarantine, encrypted."
      >
        <button type="button" class="button small" onClick={pages.again}>
          Load again
        </button>
      </PageHead>
      <div class="stack">
        <Panel title="Refused at the workspace's sources in the last hour, by cause" bare>
          {sources.value === undefined && !sources.problem && <Loading lines={3} />}
          {sources.problem && <ProblemBox problem={sources.problem} again={sources.again} />}
          {sources.value !== undefined && causes.length === 0 && (
            <Empty title="None was refused">
              <p>
                {grouped(known.reduce((sum, { accepted }) => sum + accepted, 0))} were accepted. A refused one
                would be counted here by its source and cause.
              </p>
            </Empty>
          )}
          {causes.length > 0 && (
            <Table
              label="Refused by cause"
              rows={causes}
              keyOf={(one) => `${one.source} ${one.code}`}
              href={(one) =>
                `/requests${searchOf({ verdict: "refused", source: one.source, code: one.code })}`
              }
              columns={[
                { head: "Cause", cell: (one) => one.code },
                { head: "Source", cell: (one) => one.source },
                { head: "Count", end: true, cell: (one) => grouped(one.count) },
              ]}
            />
          )}
        </Panel>
        <section class="panel" aria-label="Requests" aria-busy={pages.loading}>
          <header>
            <div class="request-filters">
              <Choice
                label="Verdict"
                value={verdict}
                change={(value) => go({ verdict: value, ...(value !== "refused" && { code: "" }) })}
                of={[
                  ["refused", "refused"],
                  ["held", "held in quarantine"],
                  ["duplicate", "duplicate"],
                  ["accepted", "accepted"],
                  ["all", "all"],
                ]}
              />
              <Choice
                label="Source"
                value={source}
                change={(value) => go({ source: value })}
                of={[["", "all"], ...names(known, source).map((name): [string, string] => [name, name])]}
              />
              {verdict === "refused" && (
                <Choice
                  label="Cause"
                  value={code}
                  change={(value) => go({ code: value })}
                  of={[["", "all"], ...codes.map((one): [string, string] => [one, one])]}
                />
              )}
              <Choice
                label="Received"
                value={from}
                change={(value) => go({ from: value })}
                of={[
                  ["", "any time"],
                  ["-15m", "last 15 minutes"],
                  ["-1h", "last hour"],
                  ["-24h", "last 24 hours"],
                ]}
              />
            </div>
          </header>
          {pages.problem?.status === 403 ? (
            <Forbidden problem={pages.problem} />
          ) : (
            pages.problem && <ProblemBox problem={pages.problem} again={pages.again} />
          )}
          {pages.items === undefined && !pages.problem && <Loading lines={8} />}
          {pages.items?.length === 0 && (
            <Empty title={verdict === "refused" ? "No refused request" : "No request"}>
              <p>{NOTHING[verdict] ?? "None fits within the retention."}</p>
            </Empty>
          )}
          {pages.items !== undefined && pages.items.length > 0 && (
            <RequestsList key={searchOf(asked)} items={pages.items} changed={pages.again} />
          )}
          <More of={pages} />
        </section>
      </div>
    </>
  );
}

function names(sources: readonly SourceState[], chosen: string): string[] {
  return [...new Set([...sources.map(({ name }) => name), ...(chosen === "" ? [] : [chosen])])];
}

/** The dead letters of one cause: what it is, which they are; replay or discard all of them. */
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import type { DeadCause, ListedDelivery } from "../../admin/shapes/deliveries.ts";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { usePages, useReading } from "../api/reading.ts";
import { Status } from "../parts/badge.tsx";
import { ReasonDialog } from "../parts/dialog.tsx";
import { safeHref, tailOf, To } from "../parts/link.tsx";
import { grouped, Time } from "../parts/moment.tsx";
import { Facts, Figures, PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";
import { tell } from "../shell/notices.tsx";
import { may } from "../shell/session.ts";
import { Trend } from "./dead-letters.tsx";
import { DeliveryRows } from "./deliveries.tsx";
import { BulkReplayDialog } from "./replays-dialog.tsx";

export function DeadCausePage() {
  const { params } = useRoute();
  const id = params["cause"] ?? "";
  const causes = useReading<{ readonly items: readonly DeadCause[] }>("dead-letters", { everySeconds: 15 });
  const pages = usePages<ListedDelivery>(`dead-letters/${encodeURIComponent(id)}`, { limit: 50 });
  return (
    <>
      {causes.value === undefined && <PageHead title="Dead letters of one cause" />}
      <Read of={causes} lines={10}>
        {({ items }) => {
          const cause = items.find((one) => one.id === id);
          if (cause === undefined) {
            return (
              <>
                <PageHead title="Dead letters of one cause" />
                <Empty title="Nothing is dead of this any more">
                  <p>
                    All of them were replayed or discarded, or have left the history.{" "}
                    <a href="/dead-letters">All causes</a>
                  </p>
                </Empty>
              </>
            );
          }
          return (
            <One
              cause={cause}
              pages={pages}
              changed={() => {
                causes.again();
                pages.again();
              }}
            />
          );
        }}
      </Read>
    </>
  );
}

/** What came of discarding; of a large group, `task` does the rest. */
interface Discarded {
  readonly discarded: number;
  readonly skipped: number;
  readonly task?: string;
}

function One(props: {
  readonly cause: DeadCause;
  readonly pages: ReturnType<typeof usePages<ListedDelivery>>;
  readonly changed: () => void;
}) {
  const { cause, pages, changed } = props;
  const {
    id,
    target,
    route: routeName,
    status,
    code,
    answer,
    schema,
    count,
    firstAt,
    lastAt,
    action,
    sample,
  } = cause;
  const [asks, setAsks] = useState<"replay" | "discard" | undefined>();
  const acting = useActing();
  const { route } = useLocation();
  const part = safeHref(schema);
  return (
    <>
      <PageHead
        title={`Dead letters of ${target}`}
        about={
          <span>
            {code}
            {status !== undefined && `, status ${status}`}
          </span>
        }
      >
        {may("operate") && (
          <>
            <button type="button" class="button danger" onClick={() => setAsks("discard")}>
              Discard all…
            </button>
            <button type="button" class="button primary" onClick={() => setAsks("replay")}>
              Replay all…
            </button>
          </>
        )}
      </PageHead>
      {asks === "replay" && (
        <BulkReplayDialog
          filter={{ cause: id, state: "dead" }}
          about={`All ${grouped(count)} dead letters of this cause are delivered again, by today's rule.`}
          close={() => setAsks(undefined)}
        />
      )}
      {asks === "discard" && (
        <ReasonDialog
          title={`Discard ${grouped(count)} dead letters`}
          about={
            <p>
              <b>{target}</b> will not get them. They stay in the history as discarded, with your reason, as
              long as it is kept.
            </p>
          }
          verb={`Discard ${grouped(count)}`}
          danger
          acting={acting}
          act={async (reason) => {
            const { discarded, skipped, task } = await call<Discarded>(
              "POST",
              `dead-letters/${encodeURIComponent(id)}/discard`,
              { body: { reason } },
            );
            if (task !== undefined) return route(`/replays/${encodeURIComponent(task)}`);
            tell(
              skipped === 0
                ? `${grouped(discarded)} were discarded.`
                : `${grouped(discarded)} were discarded; ${grouped(skipped)} were being attempted just now.`,
            );
            changed();
          }}
          close={() => setAsks(undefined)}
        />
      )}
      <div class="stack">
        <Figures
          of={[
            { name: "Dead", value: grouped(count) },
            { name: "First", value: <Time at={firstAt} /> },
            { name: "Last", value: <Time at={lastAt} /> },
            { name: "An hour, over 24", value: <Trend cause={cause} /> },
          ]}
        />
        <Panel title="What happened, and what to do">
          <div class="stack">
            <div class="problem warning">
              <strong>What is usually done</strong>
              <span>
                <Said text={action} />
              </span>
            </div>
            <Facts
              of={[
                ["Target", <To key="target" kind="targets" name={target} />],
                ["Route", <To key="route" kind="routes" name={routeName} />],
                ["Status", status !== undefined && <Status key="status" status={status} />],
                [
                  "Error",
                  <a
                    key="code"
                    href={`/docs/errors/${encodeURIComponent(code)}`}
                    target="_blank"
                    rel="noreferrer"
                  >
                    {code}
                  </a>,
                ],
                [
                  "Schema",
                  part !== undefined && (
                    <a key="schema" href={part} target="_blank" rel="noreferrer">
                      the part that was not satisfied
                    </a>
                  ),
                ],
                [
                  "An example",
                  <a key="sample" href={`/deliveries/${sample}`}>
                    …{tailOf(sample, 8)}
                  </a>,
                ],
              ]}
            />
            {answer !== undefined && answer !== "" && (
              <div>
                <h3 class="small dim">What it said, without what differs each time</h3>
                <pre class="codebox wrap" tabIndex={0} aria-label="Answer">
                  {answer}
                </pre>
              </div>
            )}
          </div>
        </Panel>
        <Panel title="Deliveries" bare>
          <DeliveryRows pages={pages} filtered />
        </Panel>
      </div>
    </>
  );
}

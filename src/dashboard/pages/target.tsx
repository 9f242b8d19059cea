/** One target: how it is and why, its plots, what waits for it and what died on it; an operator pauses and resumes it here. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import type { TargetState } from "../../admin/shapes/state.ts";
import { useActing } from "../api/acting.ts";
import { call, searchOf } from "../api/call.ts";
import { useReading, type Reading } from "../api/reading.ts";
import { Verdict } from "../parts/badge.tsx";
import { ReasonDialog } from "../parts/dialog.tsx";
import { To } from "../parts/link.tsx";
import { Age, Time, grouped, millis, span } from "../parts/moment.tsx";
import { Facts, Figures, PageHead, Panel } from "../parts/page.tsx";
import { ProblemBox, Read } from "../parts/problem.tsx";
import { tell } from "../shell/notices.tsx";
import { may } from "../shell/session.ts";
import { now } from "../shell/ticking.ts";
import { OverTime, useCounted } from "./over-time.tsx";
import { TargetDead, TargetOpen } from "./target-deliveries.tsx";

export function TargetPage() {
  const name = useRoute().params["name"] ?? "";
  const path = `targets/${encodeURIComponent(name)}`;
  const target = useReading<TargetState>(path, { everySeconds: 5 });
  const counted = useCounted({ target: name });
  return (
    <>
      <PageHead title={name} about="Target">
        {target.value !== undefined && may("operate") && <PauseButton target={target.value} read={target} />}
      </PageHead>
      <div class="stack">
        <Read of={target} lines={24}>
          {(shown) => (
            <>
              <Health {...shown} />
              <HeldBack {...shown} />
              <TargetNumbers {...shown} />
              <OverTime of={counted} times>
                <TargetDead name={name} />
              </OverTime>
              <TargetOpen name={name} />
              <Limits {...shown} />
            </>
          )}
        </Read>
      </div>
    </>
  );
}

function Health({ verdict, reason, since, paused }: TargetState) {
  return (
    <div class="panel row" style={{ padding: "12px 14px" }}>
      <Verdict verdict={verdict} />
      <span class="break">
        {paused === undefined ? (
          <>
            {reason}
            {since !== undefined && (
              <span class="dim">
                {" "}
                Since <Time at={since} />.
              </span>
            )}
          </>
        ) : (
          <>
            <PausedBy {...paused} /> <span class="dim">What waits is held, not failed.</span>
          </>
        )}
      </span>
    </div>
  );
}

/** What the router itself holds the target back by: its breaker, or a wait that it asked for. */
function HeldBack({ breaker, limitedUntil, limitedBy }: TargetState) {
  if (breaker === undefined && limitedUntil === undefined) return null;
  const what = { open: "open", probing: "being probed", draining: "closed; what was held goes out" };
  const facts: [string, ComponentChildren][] = [];
  if (breaker !== undefined) {
    facts.push(["Breaker", what[breaker.state]], ["Since", <Time key="since" at={breaker.since} />]);
    if (breaker.reason !== undefined) facts.push(["Because", breaker.reason]);
    if (breaker.state === "open" && breaker.nextProbeAt !== undefined)
      facts.push([
        "Next probe",
        // With nothing that waits, the time passes and the breaker stays open.
        Date.parse(breaker.nextProbeAt) <= now.value ? (
          "the next delivery"
        ) : (
          <Time key="next" at={breaker.nextProbeAt} />
        ),
      ]);
  }
  if (limitedUntil !== undefined)
    facts.push(["Left alone until", <Time key="until" at={limitedUntil} />], ["It said so by", limitedBy]);
  return (
    <Panel title="Held back">
      <Facts of={facts} />
    </Panel>
  );
}

function TargetNumbers(target: TargetState) {
  const { name, oldestAt, waiting, retrying, active, dead, perMinute, drainSeconds, run, concurrency } =
    target;
  const deliveries = (state: string): string => `/deliveries${searchOf({ target: name, state })}`;
  return (
    <Figures
      of={[
        {
          name: "Oldest undelivered",
          value: oldestAt === undefined ? "none" : <Age at={oldestAt} />,
          below: oldestAt === undefined ? "all is delivered" : "since it was received",
        },
        {
          name: "Waiting",
          value: <a href={deliveries("pending")}>{grouped(waiting)}</a>,
          below:
            waiting === 0
              ? "nothing to drain"
              : drainSeconds !== undefined
                ? `drained in ${span(drainSeconds)}`
                : target.paused === undefined && target.breaker === undefined
                  ? "none was sent of late"
                  : "held until it is resumed",
        },
        {
          name: "Retrying",
          value: <a href={deliveries("retrying")}>{grouped(retrying)}</a>,
          below: "not due yet",
        },
        { name: "Under way", value: grouped(active), below: `of ${grouped(concurrency)} at once` },
        {
          name: "Dead letters",
          value: (
            <a href={deliveries("dead")} class={dead > 0 ? "bad" : undefined}>
              {grouped(dead)}
            </a>
          ),
          below: "in all",
        },
        {
          name: "Attempts a minute",
          value: grouped(perMinute),
          below: run === undefined ? "none of late" : `p95 ${millis(run.p95)}`,
        },
      ]}
    />
  );
}

function Limits({ url, file, concurrency, adaptive, limit, timeoutSeconds, retry, routes }: TargetState) {
  return (
    <Panel title="As its file has it">
      <Facts
        of={[
          ["Address", <code key="url">{url}</code>],
          ["File", <code key="file">{file}</code>],
          [
            "At once",
            adaptive === undefined
              ? grouped(concurrency)
              : `${grouped(concurrency)} at present, between ${adaptive.min} and ${grouped(adaptive.max)}`,
          ],
          ["Rate limit", limit === undefined ? "none" : `${limit.count} in ${limit.perSeconds} s`],
          ["Timeout", `${timeoutSeconds} s`],
          [
            "Retries",
            `${retry.attempts} attempts in all; the first again after ${delay(retry.firstDelaySeconds)}, never later than ${delay(retry.maxDelaySeconds)}`,
          ],
          [
            "Routes",
            <span key="routes" class="row">
              {routes.map((route) => (
                <To key={route} kind="routes" name={route} />
              ))}
            </span>,
          ],
        ]}
      />
    </Panel>
  );
}

/** Seconds as a file has them: parts of one are said. */
function delay(seconds: number): string {
  return seconds < 1 ? millis(seconds * 1000) : span(seconds);
}

/** Pauses or resumes; to resume ends whatever holds the target back. A question that is open stays open when somebody else pauses meanwhile, and says so. */
function PauseButton({
  target: { name, paused, breaker, limitedUntil },
  read,
}: {
  readonly target: TargetState;
  readonly read: Reading<TargetState>;
}) {
  const [asks, setAsks] = useState(false);
  const isOpen = breaker !== undefined && breaker.state !== "draining";
  const isHeld = paused !== undefined || isOpen || limitedUntil !== undefined;
  const pausing = useActing();
  const resuming = useActing();
  const path = `targets/${encodeURIComponent(name)}`;
  return (
    <>
      {resuming.problem && <ProblemBox problem={resuming.problem} />}
      {paused === undefined && (
        <button type="button" class="button" onClick={() => setAsks(true)}>
          Pause…
        </button>
      )}
      {isHeld && (
        <button
          type="button"
          class="button primary"
          disabled={resuming.busy}
          onClick={() =>
            void resuming.act(async () => {
              await call("POST", `${path}/resume`);
              tell(`${name} goes on; what was held is sent now.`);
              read.again();
            })
          }
        >
          Resume
        </button>
      )}
      {asks && (
        <ReasonDialog
          title={`Pause ${name}`}
          about={
            <p>
              Attempts that are under way end; everything else is held until somebody resumes it. Nothing is
              lost and no retry is used up.
            </p>
          }
          verb="Pause the target"
          overtaken={
            paused !== undefined &&
            !pausing.busy && (
              <>
                <strong>Paused meanwhile</strong>
                <span>
                  <PausedBy {...paused} /> That pause stands; yours was not made.
                </span>
              </>
            )
          }
          acting={pausing}
          act={async (reason) => {
            await call("POST", `${path}/pause`, { body: { reason } });
            tell(`${name} is paused.`);
            read.again();
          }}
          close={() => {
            pausing.forget();
            setAsks(false);
          }}
        />
      )}
    </>
  );
}

/** Who paused a target, when and why. */
function PausedBy({ by, at, reason }: NonNullable<TargetState["paused"]>) {
  return (
    <>
      Paused by <strong>{by}</strong> <Time at={at} />
      {reason === "" ? "." : `: “${reason}”.`}
    </>
  );
}

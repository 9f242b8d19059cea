/** A replay of many: what it would do is shown before it can be begun. */
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Filter } from "../../admin/shapes/deliveries.ts";
import type { Replay, ReplayPreview } from "../../admin/shapes/replays.ts";
import { useActing } from "../api/acting.ts";
import { call, problemIn, type Problem } from "../api/call.ts";
import { StateBadge } from "../parts/badge.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { grouped, span, Time } from "../parts/moment.tsx";
import { Figures } from "../parts/page.tsx";
import { Loading, ProblemBox } from "../parts/problem.tsx";
import { Table } from "../parts/table.tsx";
import { tell } from "../shell/notices.tsx";

const USUAL_RATE = "20";

/** Shows the preview for `filter` at the chosen rate; the replay begins only with a reason, and leads to its page. */
export function BulkReplayDialog(props: {
  readonly filter: Filter;
  readonly about: string;
  readonly close: () => void;
}) {
  const { filter, close } = props;
  const { route } = useLocation();
  const [rate, setRate] = useState(USUAL_RATE);
  const [reason, setReason] = useState("");
  const [rule, setRule] = useState<"now" | "then">("now");
  const acting = useActing();
  const perSecond = Number(rate);
  const rateError = perSecond >= 0.1 && perSecond <= 5000 ? undefined : "Between 0.1 and 5,000.";
  const { preview, problem, stale } = useBulkPreview(
    filter,
    rateError === undefined ? perSecond : undefined,
    rule,
  );
  const begin = async (): Promise<void> => {
    const begun = await call<Replay>("POST", "replays", {
      body: {
        filter,
        reason: reason.trim(),
        ratePerSecond: perSecond,
        rule,
        ...(preview?.complete === true && { expectedCount: preview.count }),
      },
    });
    tell(`The replay of ${grouped(begun.total)} has begun.`);
    route(`/replays/${begun.id}`);
  };
  return (
    <Dialog title="Replay together" close={close} wide>
      <form
        class="form"
        onSubmit={async (event) => {
          event.preventDefault();
          if (await acting.act(begin)) close();
        }}
      >
        <p>
          {props.about} They run in a lane of their own behind live traffic, at a rate of your choosing; you
          can pause or end it at any time.
        </p>
        {problem && <ProblemBox problem={problem} />}
        {preview === undefined && !problem && <Loading lines={5} />}
        {preview !== undefined && <Preview preview={preview} stale={stale} />}
        <fieldset>
          <legend>Rule</legend>
          <label class="choice">
            <input type="radio" name="rule" checked={rule === "now"} onChange={() => setRule("now")} />
            <span>As now: on the rules in force</span>
          </label>
          <label class="choice">
            <input type="radio" name="rule" checked={rule === "then"} onChange={() => setRule("then")} />
            <span>As then: each by the version that it was made by last</span>
          </label>
        </fieldset>
        <div class="columns">
          <Field
            label="At most so many a second"
            type="number"
            value={rate}
            change={setRate}
            error={rateError}
            hint="The target's own limit stays in force."
            required
          />
          <Field
            label="Reason"
            value={reason}
            change={setReason}
            required
            maxLength={500}
            hint="Kept with the replay and in the audit trail."
          />
        </div>
        {acting.problem && <ProblemBox problem={acting.problem} />}
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class="button primary"
            disabled={acting.busy || stale || reason.trim() === "" || (preview?.count ?? 0) === 0}
          >
            {acting.busy ? "Beginning…" : `Replay ${preview === undefined ? "" : counted(preview)}`}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function counted({ count, complete }: ReplayPreview): string {
  return complete ? grouped(count) : `${grouped(count)} or more`;
}

function Preview({ preview, stale }: { readonly preview: ReplayPreview; readonly stale: boolean }) {
  const { count, duplicates, seconds, sample, notKept = 0 } = preview;
  return (
    <div class="preview" aria-busy={stale}>
      <Figures
        of={[
          { name: "Deliveries", value: counted(preview), below: count === 0 ? "nothing to do" : "as of now" },
          {
            name: "May be duplicates",
            value: <span class={duplicates > 0 ? "warn" : undefined}>{grouped(duplicates)}</span>,
            below: duplicates > 0 ? "the target has, or may have, them" : "none that the target may have",
          },
          { name: "Takes about", value: span(seconds), below: "at this rate" },
          ...(notKept > 0
            ? [
                {
                  name: "Skipped",
                  value: <span class="warn">{grouped(notKept)}</span>,
                  below: "their version is not kept",
                },
              ]
            : []),
        ]}
      />
      {sample.length > 0 && (
        <Table
          label="A sample"
          rows={sample}
          keyOf={({ id }) => id}
          columns={[
            { head: "A sample", cell: ({ route, target }) => `${route} → ${target}` },
            { head: "State", cell: ({ state }) => <StateBadge state={state} /> },
            {
              head: "Event",
              cell: ({ event, type }) => (
                <a href={`/events/${event}`} target="_blank" rel="noreferrer">
                  {type === "" ? "event" : type} …{event.slice(-6)}
                </a>
              ),
            },
            { head: "Received", cell: ({ receivedAt }) => <Time at={receivedAt} /> },
          ]}
        />
      )}
    </div>
  );
}

function useBulkPreview(filter: Filter, ratePerSecond: number | undefined, rule: "now" | "then") {
  const key = JSON.stringify([filter, ratePerSecond, rule]);
  const [held, setHeld] = useState<{
    readonly key?: string;
    readonly preview: ReplayPreview | undefined;
    readonly problem: Problem | undefined;
  }>({ preview: undefined, problem: undefined });
  useEffect(() => {
    if (ratePerSecond === undefined) return;
    const stop = new AbortController();
    const timer = setTimeout(
      () => {
        call<ReplayPreview>("POST", "replays/preview", {
          body: { filter, ratePerSecond, rule },
          signal: stop.signal,
        }).then(
          (preview) => setHeld({ key, preview, problem: undefined }),
          (error: unknown) => {
            if (!stop.signal.aborted) setHeld({ key, preview: undefined, problem: problemIn(error) });
          },
        );
      },
      held.key === undefined ? 0 : 350,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  return { preview: held.preview, problem: held.problem, stale: held.key !== key };
}

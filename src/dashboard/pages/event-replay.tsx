/** Replaying: first what would be sent now beside what was made last, then the wish itself. */
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { DeliveryDetail } from "../../admin/shapes/deliveries.ts";
import type { Difference } from "../../admin/shapes/replays.ts";
import { useActing } from "../api/acting.ts";
import { call, problemIn, type Problem } from "../api/call.ts";
import { DiffView } from "../diff-view.tsx";
import { Code } from "../editor-field.tsx";
import type { Mark } from "../editor.ts";
import { jsonMark } from "../editor-json.ts";
import { Badge } from "../parts/badge.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { safeHref } from "../parts/link.tsx";
import { Loading, ProblemBox } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";
import { tell } from "../shell/notices.tsx";

/** A replay of a whole event, as it was or edited, or with `delivery` of that one alone. */
export function ReplayDialog(props: {
  readonly event: string;
  readonly delivery?: DeliveryDetail;
  /** The event's body, where it may be edited. */
  readonly body?: unknown;
  readonly close: () => void;
  readonly done: () => void;
}) {
  const { event, delivery, body } = props;
  const { route } = useLocation();
  const [edits, setEdits] = useState(false);
  const [rule, setRule] = useState<"now" | "then">("now");
  const [text, setText] = useState(() => (typeof body === "string" ? body : JSON.stringify(body, null, 2)));
  const acting = useActing();
  const read = edits ? readBody(text, body) : { ok: true as const, body: undefined };
  const by = edits ? "now" : rule;
  const preview = usePreview(event, read.ok ? read.body : undefined, read.ok, by);
  const differences = preview.items?.filter((one) => delivery === undefined || one.route === delivery.route);

  const send = async (): Promise<void> => {
    if (delivery !== undefined) {
      await call("POST", `deliveries/${delivery.id}/replay`, { body: { rule } });
      tell("It is being delivered again.");
      return;
    }
    const wish = read.ok && read.body !== undefined ? { body: read.body } : { rule };
    const made = await call<Replayed>("POST", `events/${event}/replay`, { body: wish });
    const other = newEvent(made, event);
    tell(toldOf(made));
    if (other !== undefined) route(`/events/${other}`);
  };

  return (
    <Dialog
      title={delivery === undefined ? "Replay this event" : `Replay to ${delivery.target}`}
      close={props.close}
      wide
    >
      <p>
        {delivery === undefined
          ? "Every delivery starts again with its counters at zero. "
          : "The delivery starts again with its counters at zero. "}
        Targets that remember <code>idempotency-key</code> take it once.
      </p>
      {delivery === undefined && body !== undefined && (
        <fieldset>
          <legend>Body</legend>
          <label class="choice">
            <input type="radio" name="body" checked={!edits} onChange={() => setEdits(false)} />
            <span>As it was received</span>
          </label>
          <label class="choice">
            <input type="radio" name="body" checked={edits} onChange={() => setEdits(true)} />
            <span>Edited: a new event is made of it; this one stays as it is</span>
          </label>
        </fieldset>
      )}
      {!edits && (
        <fieldset>
          <legend>Rule</legend>
          <label class="choice">
            <input type="radio" name="rule" checked={rule === "now"} onChange={() => setRule("now")} />
            <span>
              {delivery === undefined ? "As now: on today's routes and rules" : "As now: today's rule"}
            </span>
          </label>
          <label class="choice">
            <input type="radio" name="rule" checked={rule === "then"} onChange={() => setRule("then")} />
            <span>As then: by the version that each was made by last</span>
          </label>
        </fieldset>
      )}
      {edits && (
        <Code
          label="Edited body"
          language="json"
          low
          text={text}
          change={setText}
          marks={read.ok ? NO_MARKS : read.marks}
        />
      )}
      {edits && !read.ok && <p class="bad small">{read.marks[0]?.message}</p>}
      <h3>What would be sent</h3>
      {preview.problem && <ProblemBox problem={preview.problem} />}
      {differences === undefined && !preview.problem && <Loading lines={5} />}
      {differences?.length === 0 && (
        <p class="dim">No route of today takes this event: nothing would be sent.</p>
      )}
      <div class={`stack${preview.stale ? " dim" : ""}`} aria-busy={preview.stale}>
        {differences?.map((one) => (
          <OneDifference key={one.route} difference={one} />
        ))}
      </div>
      {acting.problem && <ProblemBox problem={acting.problem} />}
      <div class="actions">
        <button type="button" class="button" onClick={props.close}>
          Cancel
        </button>
        <button
          type="button"
          class="button primary"
          disabled={
            acting.busy ||
            !read.ok ||
            preview.stale ||
            differences === undefined ||
            differences.length === 0 ||
            differences.some(({ error }) => error?.code.startsWith("RULE_VERSION_"))
          }
          onClick={async () => {
            if (!(await acting.act(send))) return;
            props.close();
            props.done();
          }}
        >
          {acting.busy ? "Working…" : "Replay"}
        </button>
      </div>
    </Dialog>
  );
}

const NO_MARKS: readonly Mark[] = [];

/** What the API answers to a replay of an event. */
interface Replayed {
  readonly event?: string;
  readonly deliveries?: readonly string[];
  readonly busy?: readonly string[];
}

function newEvent({ event }: Replayed, old: string): string | undefined {
  return event !== undefined && event !== old ? event : undefined;
}

function toldOf({ deliveries = [], busy = [] }: Replayed): string {
  const started =
    deliveries.length === 1
      ? "One delivery is on its way."
      : `${deliveries.length} deliveries are on their way.`;
  return busy.length === 0
    ? started
    : `${started} ${busy.length} were being attempted just now and were left alone.`;
}

function OneDifference({ difference }: { readonly difference: Difference }) {
  const { route, target, error, filtered, mayRepeat, before, after, ruleBefore, ruleNow } = difference;
  const schema = safeHref(error?.schema);
  return (
    <section aria-label={`Replay on ${route}`}>
      <div class="row" style={{ marginBottom: "6px" }}>
        <b>
          {route} → {target}
        </b>
        {filtered && <Badge tone="calm">would be filtered</Badge>}
        {mayRepeat && (
          <Badge
            tone="warn"
            title="It answered 2xx before, or may have taken it without an answer that arrived."
          >
            may have it already
          </Badge>
        )}
        {ruleBefore !== undefined && ruleNow !== undefined && (
          <span class="small dim">
            version <code>{ruleBefore}</code>
            {ruleBefore !== ruleNow && (
              <>
                {" → "}
                <code>{ruleNow}</code>
              </>
            )}
          </span>
        )}
      </div>
      {error && (
        <div class="problem">
          <strong>Nothing would be sent</strong>
          <span>
            <Said text={error.detail} />
          </span>
          <span class="row small">
            <a href={`/docs/errors/${encodeURIComponent(error.code)}`} target="_blank" rel="noreferrer">
              {error.code}
            </a>
            {schema !== undefined && (
              <a href={schema} target="_blank" rel="noreferrer">
                The part of the schema
              </a>
            )}
          </span>
        </div>
      )}
      {!error && !filtered && (
        <DiffView
          label={`Difference on ${route}`}
          before={before}
          after={after}
          titles={[before === undefined ? "Before: nothing is kept" : "Made last", "Would be sent now"]}
        />
      )}
    </section>
  );
}

interface Preview {
  readonly items: readonly Difference[] | undefined;
  readonly problem: Problem | undefined;
  /** Of a body that has been edited since. */
  readonly stale: boolean;
}

/** What a replay would send, asked anew when the body has rested for a moment. */
function usePreview(event: string, body: unknown, asks: boolean, rule: "now" | "then"): Preview {
  const key = `${rule} ${JSON.stringify(body) ?? ""}`;
  const [held, setHeld] = useState<Omit<Preview, "stale"> & { readonly key?: string }>({
    items: undefined,
    problem: undefined,
  });
  useEffect(() => {
    if (!asks) return;
    const stop = new AbortController();
    const timer = setTimeout(
      () => {
        const options = { body: body === undefined ? { rule } : { body }, signal: stop.signal };
        call<readonly Difference[] | { readonly items: readonly Difference[] }>(
          "POST",
          `events/${event}/preview`,
          options,
        ).then(
          (answer) => setHeld({ key, items: "items" in answer ? answer.items : answer, problem: undefined }),
          (error: unknown) => {
            if (!stop.signal.aborted) setHeld({ key, items: undefined, problem: problemIn(error) });
          },
        );
      },
      body === undefined ? 0 : 400,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [event, key, asks]);
  return { items: held.items, problem: held.problem, stale: held.key !== key };
}

type Read =
  { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly marks: readonly Mark[] };

/** The edited text as a body: text where it was text, JSON otherwise. */
function readBody(text: string, before: unknown): Read {
  if (typeof before === "string") return { ok: true, body: text };
  try {
    return { ok: true, body: JSON.parse(text) as unknown };
  } catch (error) {
    return { ok: false, marks: [jsonMark(text, error)] };
  }
}

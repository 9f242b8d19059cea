/** One delivery: what the rule made of the body, how the schemas judged it, each attempt, and what can be done. */
import { useState } from "preact/hooks";
import type { Attempt, DeliveryDetail } from "../../admin/shapes/deliveries.ts";
import type { Rule, RouteState } from "../../admin/shapes/state.ts";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { curlOf } from "../curl.ts";
import { Beside, DiffView } from "../diff-view.tsx";
import { Badge, StateBadge, Status } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { ReasonDialog } from "../parts/dialog.tsx";
import { Id, safeHref, To } from "../parts/link.tsx";
import { bytes, millis, Time } from "../parts/moment.tsx";
import { Facts, Panel } from "../parts/page.tsx";
import { tell } from "../shell/notices.tsx";
import { may } from "../shell/session.ts";
import { outcome } from "../waterfall-view.tsx";
import { ReplayDialog } from "./event-replay.tsx";
import "./deliveries-panel.css";

export function DeliveryPanel(props: {
  readonly delivery: DeliveryDetail;
  /** The event's body and how it is to be read; undefined where it is not at hand. */
  readonly body: unknown;
  readonly changed: () => void;
}) {
  const { delivery, body, changed } = props;
  return (
    <section
      class="panel"
      id={delivery.id}
      aria-label={`Delivery on ${delivery.route} to ${delivery.target}`}
    >
      <header>
        <h2>
          <To kind="routes" name={delivery.route} /> → <To kind="targets" name={delivery.target} />
        </h2>
        <Deeds delivery={delivery} changed={changed} />
      </header>
      <div class="inside stack">
        <Standing delivery={delivery} />
        <Verdicts delivery={delivery} />
        <Made delivery={delivery} body={body} />
        <Attempts delivery={delivery} />
      </div>
    </section>
  );
}

/** What a person may do with it, as far as its state allows. */
function Deeds({ delivery, changed }: { readonly delivery: DeliveryDetail; readonly changed: () => void }) {
  const [asks, setAsks] = useState<"replay" | "discard" | undefined>();
  const acting = useActing();
  const ended =
    delivery.state === "delivered" || delivery.state === "filtered" || delivery.state === "discarded";
  return (
    <span class="row">
      <StateBadge state={delivery.state} />
      {may("operate") && (
        <>
          <button type="button" class="button small" onClick={() => setAsks("replay")}>
            Replay
          </button>
          {!ended && (
            <button type="button" class="button small danger" onClick={() => setAsks("discard")}>
              Discard
            </button>
          )}
        </>
      )}
      {asks === "replay" && (
        <ReplayDialog
          event={delivery.event}
          delivery={delivery}
          close={() => setAsks(undefined)}
          done={changed}
        />
      )}
      {asks === "discard" && (
        <ReasonDialog
          title="Discard this delivery"
          about={
            <p>
              <b>{delivery.target}</b> will not get it, and it is not tried again. It stays in the history as
              discarded, with your reason; a replay can still send it.
            </p>
          }
          verb="Discard"
          danger
          acting={acting}
          act={(reason) => call("POST", `deliveries/${delivery.id}/discard`, { body: { reason } })}
          close={() => {
            setAsks(undefined);
            changed();
          }}
        />
      )}
    </span>
  );
}

/** Where it stands, in one sentence and some facts. */
function Standing({ delivery }: { readonly delivery: DeliveryDetail }) {
  const { state, discarded, cause, dueAt } = delivery;
  return (
    <Facts
      of={[
        ["Delivery", <Id key="id" id={delivery.id} href={`/deliveries/${delivery.id}`} />],
        ["Changed", <Time key="at" at={delivery.changedAt} full />],
        ["Next attempt", state === "retrying" && dueAt !== undefined && <Time key="due" at={dueAt} full />],
        [
          "Held",
          state === "held" && (
            <>
              Its target is paused; it goes on when <To kind="targets" name={delivery.target} /> is resumed.
            </>
          ),
        ],
        [
          "Discarded",
          discarded && (
            <>
              by <b>{discarded.by}</b>, <Time at={discarded.at} />: {discarded.reason}
            </>
          ),
        ],
        [
          "Died of",
          state === "dead" && cause !== undefined && (
            <a key="cause" href={`/dead-letters/${encodeURIComponent(cause)}`}>
              all dead letters of this cause
            </a>
          ),
        ],
        ["Rule", delivery.rule !== undefined && <code key="rule">{delivery.rule}</code>],
      ]}
    />
  );
}

/** How the transform's schemas judged the last attempt. */
function Verdicts({ delivery }: { readonly delivery: DeliveryDetail }) {
  const route = useReading<RouteState>(`routes/${encodeURIComponent(delivery.route)}`);
  const transform = route.value?.transform;
  const rule = useReading<Rule>(
    transform === undefined ? undefined : `rules/${encodeURIComponent(transform)}`,
  );
  const last = delivery.attemptList.at(-1);
  if (rule.value === undefined || last === undefined) return null;
  const { input, output } = rule.value;
  if (input === undefined && output === undefined) return null;
  const code = last.error?.code;
  const judged = code !== "TRANSFORM_INPUT_INVALID";
  const made = judged && !(code?.startsWith("TRANSFORM_") ?? false) && last.request !== undefined;
  return (
    <p class="row small">
      {input !== undefined && (
        <SchemaVerdict
          what="Body"
          name={input}
          verdict={judged ? "fits" : "broken"}
          link={last.error?.schema}
        />
      )}
      {output !== undefined && (
        <SchemaVerdict
          what="Result"
          name={output}
          verdict={made ? "fits" : code === "TRANSFORM_OUTPUT_INVALID" ? "broken" : "unknown"}
          link={last.error?.schema}
        />
      )}
    </p>
  );
}

function SchemaVerdict(props: {
  readonly what: string;
  readonly name: string;
  readonly verdict: "fits" | "broken" | "unknown";
  readonly link: string | undefined;
}) {
  const page = `/docs/schemas/${encodeURIComponent(props.name)}`;
  const href = props.verdict === "broken" ? (safeHref(props.link) ?? page) : page;
  const [tone, word] = {
    fits: ["good", "satisfies"] as const,
    broken: ["bad", "does not satisfy"] as const,
    unknown: ["calm", "was not held against"] as const,
  }[props.verdict];
  return (
    <span>
      <Badge tone={tone}>
        {props.what} {word}
      </Badge>{" "}
      <a href={href} target="_blank" rel="noreferrer">
        {props.name}
      </a>
    </span>
  );
}

/** The body beside what the rule made of it. */
function Made({ delivery, body }: { readonly delivery: DeliveryDetail; readonly body: unknown }) {
  const [differs, setDiffers] = useState(false);
  const { result, resultBytes } = delivery;
  if (result === undefined) {
    const why =
      resultBytes !== undefined
        ? `The result of ${bytes(resultBytes)} was too large to be kept; only up to 64 KB are.`
        : delivery.state === "filtered"
          ? "The route's `when` did not hold for this event, so nothing was made."
          : delivery.attemptList.length === 0
            ? "Nothing was made yet: it has not been its turn."
            : "Nothing was made.";
    return <p class="dim">{why}</p>;
  }
  return (
    <div>
      <div class="spread made-head">
        <h3>What the rule made</h3>
        <span class="row">
          <button
            type="button"
            class="button small"
            aria-pressed={differs}
            onClick={() => setDiffers(!differs)}
          >
            {differs ? "Side by side" : "Line by line"}
          </button>
          <Copy text={() => JSON.stringify(result, null, 2)} what="Result copied">
            Copy result
          </Copy>
        </span>
      </div>
      {differs ? (
        <DiffView
          label="Difference of body and result"
          before={body}
          after={result}
          titles={["Body", "Result"]}
        />
      ) : (
        <Beside body={body} result={result} titles={["Body", "Result"]} />
      )}
    </div>
  );
}

function Attempts({ delivery }: { readonly delivery: DeliveryDetail }) {
  const { attemptList } = delivery;
  if (attemptList.length === 0) return null;
  return (
    <div>
      <h3>{attemptList.length === 1 ? "One attempt" : `${attemptList.length} attempts`}</h3>
      <ol class="attempts">
        {attemptList.map((attempt, index) => (
          <li key={index}>
            <details open={index === attemptList.length - 1 && attempt.error !== undefined}>
              <summary>
                <span class="attempt-name">
                  #{attempt.number} {attempt.trigger}
                </span>
                {attempt.status === undefined ? (
                  <Badge tone={attempt.error === undefined ? "calm" : "bad"} bare>
                    {outcome(attempt)}
                  </Badge>
                ) : (
                  <Status status={attempt.status} />
                )}
                <span class="tabular">{millis(attempt.durationMs)}</span>
                <span class="dim">
                  <Time at={attempt.startedAt} />
                </span>
                {attempt.error && <span class="attempt-error">{attempt.error.detail}</span>}
              </summary>
              <OneAttempt attempt={attempt} delivery={delivery} />
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}

function OneAttempt({ attempt, delivery }: { readonly attempt: Attempt; readonly delivery: DeliveryDetail }) {
  const { timings, request, error, answer } = attempt;
  const schema = safeHref(error?.schema);
  return (
    <div class="attempt stack">
      <Facts
        of={[
          ["Started", <Time key="at" at={attempt.startedAt} full />],
          [
            "Request",
            request && (
              <span key="request">
                <code class="break">
                  {request.method} {request.url}
                </code>{" "}
                {bytes(request.bytes)}
              </span>
            ),
          ],
          ["Waited", millis(timings.waitMs)],
          ["Rewriting", millis(timings.ruleMs)],
          ["To the answer's head", timings.headMs !== undefined && millis(timings.headMs)],
          ["Answer's body", timings.bodyMs !== undefined && millis(timings.bodyMs)],
          ["Wished by", attempt.by],
          [
            "Failed with",
            error && (
              <span key="error">
                <a href={`/docs/errors/${encodeURIComponent(error.code)}`} target="_blank" rel="noreferrer">
                  {error.code}
                </a>
                {schema !== undefined && (
                  <>
                    {" · "}
                    <a href={schema} target="_blank" rel="noreferrer">
                      the part of the schema
                    </a>
                  </>
                )}
              </span>
            ),
          ],
        ]}
      />
      {answer !== undefined && answer !== "" && (
        <div>
          <h4 class="small dim">Answer</h4>
          <pre class="codebox wrap" tabIndex={0} aria-label="The target's answer">
            {answer}
          </pre>
        </div>
      )}
      {request && (
        <span class="row">
          <Copy
            text={() => attemptCurl(attempt, delivery)}
            what="Copied; the target's credentials are not in it"
          >
            Copy as curl
          </Copy>
        </span>
      )}
    </div>
  );
}

/** The attempt as a command: with the headers that every attempt carries, without the target's own and its credentials. */
function attemptCurl({ request, number }: Attempt, { id, event, result }: DeliveryDetail): string {
  if (request === undefined) return "";
  return curlOf({
    method: request.method,
    url: request.url,
    headers: {
      ...(result !== undefined && { "content-type": "application/json" }),
      "webhook-id": id,
      "idempotency-key": id,
      "signalbox-event": event,
      "signalbox-attempt": String(number),
    },
    ...(result !== undefined && { body: typeof result === "string" ? result : JSON.stringify(result) }),
  });
}

/** Says what came of a wish to replay. */
export function tellReplayed(count: number): void {
  tell(count === 1 ? "It is being delivered again." : `${count} deliveries are on their way again.`);
}

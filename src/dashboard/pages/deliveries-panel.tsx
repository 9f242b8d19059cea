/** One delivery: what the rule made of the body, how the schemas judged it, each attempt, and what can be done. */
import { useState } from "preact/hooks";
import type { DeliveryDetail } from "../../admin/shapes/deliveries.ts";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { Beside, DiffView } from "../diff-view.tsx";
import { StateBadge } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { ReasonDialog } from "../parts/dialog.tsx";
import { Id, To } from "../parts/link.tsx";
import { bytes, Time } from "../parts/moment.tsx";
import { Facts } from "../parts/page.tsx";
import { Loading } from "../parts/problem.tsx";
import { may } from "../shell/session.ts";
import { Attempts } from "./deliveries-attempts.tsx";
import { ReplayDialog } from "./event-replay.tsx";
import { Verdicts } from "./schema-verdicts.tsx";
import "./deliveries-panel.css";

export function DeliveryPanel(props: {
  readonly delivery: DeliveryDetail;
  /** The event's body and how it is to be read; undefined where it is not at hand. */
  readonly body: unknown;
  /** The body is being read. */
  readonly waits?: boolean;
  readonly changed: () => void;
}) {
  const { delivery, body, waits = false, changed } = props;
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
        <Made delivery={delivery} body={body} waits={waits} />
        <Attempts delivery={delivery} />
      </div>
    </section>
  );
}

/** What a person may do with it, as far as its state allows. */
function Deeds({ delivery, changed }: { readonly delivery: DeliveryDetail; readonly changed: () => void }) {
  const [asks, setAsks] = useState<"replay" | "discard" | undefined>();
  const acting = useActing();
  const ended = ["delivered", "filtered", "discarded", "superseded"].includes(delivery.state);
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
  const { state, discarded, cause, dueAt, waitsFor, attemptList, line, batch, supersededBy } = delivery;
  return (
    <Facts
      of={[
        ["Delivery", <Id key="id" id={delivery.id} href={`/deliveries/${delivery.id}`} />],
        ["Changed", <Time key="at" at={delivery.changedAt} full />],
        ["Next attempt", state === "retrying" && dueAt !== undefined && <Time key="due" at={dueAt} full />],
        ["Waits until", state === "pending" && dueAt !== undefined && <Time key="waits" at={dueAt} full />],
        ["Waits for", (state === "pending" || state === "retrying") && waitsFor],
        [
          "Held",
          state === "held" && delivery.hold !== undefined && (
            <>
              It waits for people: <Id key="hold" id={delivery.hold} href={`/holds/${delivery.hold}`} />
            </>
          ),
        ],
        [
          "Let pass",
          state !== "held" && delivery.hold !== undefined && (
            <Id key="passed" id={delivery.hold} href={`/holds/${delivery.hold}`} />
          ),
        ],
        [
          "Paused",
          state === "held" && delivery.hold === undefined && (
            <>
              Its target is paused, or its breaker is open; it goes on when{" "}
              <To kind="targets" name={delivery.target} /> is resumed or recovers.
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
        [
          "Line",
          line && (
            <>
              {line.rule}
              {line.key !== "" && (
                <>
                  {" of "}
                  <code class="break">{line.key}</code>
                </>
              )}{" "}
              {state === "dead" && line.rule === "order" && <a href="/lines">is it stopped?</a>}
            </>
          ),
        ],
        ["Batch", batch !== undefined && <Id key="batch" id={batch} href={`/deliveries/${batch}`} />],
        [
          "Superseded by",
          supersededBy !== undefined && (
            <Id key="newer" id={supersededBy} href={`/deliveries/${supersededBy}`} />
          ),
        ],
        ["Deviated", state === "deviated" && attemptList.at(-1)?.error?.detail],
        ["Version", delivery.rule !== undefined && <code key="rule">{delivery.rule}</code>],
      ]}
    />
  );
}

/** The body beside what the rule made of it. */
function Made(props: { readonly delivery: DeliveryDetail; readonly body: unknown; readonly waits: boolean }) {
  const { delivery, body, waits } = props;
  const [differs, setDiffers] = useState(false);
  const { result, resultBytes, batch } = delivery;
  if (result === undefined && batch !== undefined && batch !== delivery.id)
    return (
      <p class="dim">
        It went with its batch: what was made of all of them is with{" "}
        <Id id={batch} href={`/deliveries/${batch}`} />.
      </p>
    );
  if (result === undefined) {
    const why =
      resultBytes !== undefined
        ? `The result of ${bytes(resultBytes)} was too large to be kept; only up to 64 KB are.`
        : delivery.state === "filtered"
          ? "The route's `when` did not hold for this event, so nothing was made."
          : delivery.attemptList.length === 0
            ? "Nothing was made yet: it has not been its turn."
            : delivery.attemptList.some(({ request }) => request !== undefined)
              ? "The route has no rule: the body went on as it came."
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
          {body !== undefined && (
            <Copy
              text={() => (typeof body === "string" ? body : JSON.stringify(body, null, 2))}
              what="Body copied"
            >
              Copy body
            </Copy>
          )}
          <Copy text={() => JSON.stringify(result, null, 2)} what="Result copied">
            Copy result
          </Copy>
        </span>
      </div>
      {body === undefined && !waits && (
        <p class="small dim">The event's body is not kept any more: it has left the history.</p>
      )}
      {body === undefined && waits ? (
        <Loading lines={8} />
      ) : differs ? (
        <DiffView
          label="Difference of body and result"
          before={body}
          after={result}
          titles={["Body", "Result"]}
        />
      ) : (
        <Beside body={body} result={result} titles={["Body", "Result"]} about={delivery.route} />
      )}
    </div>
  );
}

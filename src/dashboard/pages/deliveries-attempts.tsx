/** The attempts of a delivery: request, answer, where the time went, and each as a command. */
import type { Attempt, DeliveryDetail } from "../../admin/shapes/deliveries.ts";
import { curlOf } from "../curl.ts";
import { Badge, Status } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { safeHref } from "../parts/link.tsx";
import { bytes, millis, Time } from "../parts/moment.tsx";
import { Facts } from "../parts/page.tsx";
import { Said } from "../parts/said.tsx";
import { outcome } from "../waterfall-view.tsx";

/** Each attempt; the last one is open when it failed. */
export function Attempts({ delivery }: { readonly delivery: DeliveryDetail }) {
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
                {attempt.error && (
                  <span class="attempt-error">
                    <Said text={attempt.error.detail} />
                  </span>
                )}
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
          [
            "Looked up",
            attempt.lookups && (
              <span key="lookups">
                {attempt.lookups.map((lookup) => (
                  <span key={lookup.name} class="break">
                    <code>{lookup.name}</code> of {lookup.target}:{" "}
                    {lookup.kept === true ? "kept" : millis(lookup.milliseconds)}
                    {lookup.error && ` ${lookup.error.code}`}{" "}
                  </span>
                ))}
              </span>
            ),
          ],
          ["Rewriting", millis(timings.ruleMs)],
          ["To the answer's head", timings.headMs !== undefined && millis(timings.headMs)],
          ["To its end", timings.bodyMs !== undefined && millis(timings.bodyMs)],
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
          <p class="small dim">Answer</p>
          <pre
            class="codebox wrap"
            tabIndex={0}
            aria-label={`Answer to attempt ${attempt.number} on ${delivery.route}`}
          >
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

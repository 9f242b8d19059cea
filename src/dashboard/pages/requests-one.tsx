/** One request: an accepted one leads to its event, a refused one says why, and what mends it. */
import { useRoute } from "preact-iso";
import type { ListedRequest } from "../../admin/shapes/requests.ts";
import { searchOf } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Badge } from "../parts/badge.tsx";
import { Id, safeHref } from "../parts/link.tsx";
import { Time } from "../parts/moment.tsx";
import { Facts, PageHead, Panel } from "../parts/page.tsx";
import { Read } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";
import { may } from "../shell/session.ts";
import { Outcomes, Quarantined, useAdmitting } from "./requests-admit.tsx";
import { toneOf } from "./requests-list.tsx";
import "./requests.css";

export function RequestPage() {
  const { params } = useRoute();
  const reading = useReading<ListedRequest>(`requests/${encodeURIComponent(params["id"] ?? "")}`);
  return (
    <>
      {reading.value === undefined && <PageHead title="Request" />}
      <Read of={reading} lines={6}>
        {(request) => {
          const { verdict, source, at, method, address, type, code, cause, schema, event } = request;
          const part = safeHref(schema);
          return (
            <>
              <PageHead
                title={verdict === "refused" ? `Refused request to ${source}` : `Request to ${source}`}
                about={
                  <span class="row">
                    <Badge tone={toneOf(verdict)}>{verdict}</Badge> <Time at={at} />
                    <Id id={request.id} />
                  </span>
                }
              />
              <div class="stack">
                {verdict === "refused" && (
                  <div class="problem">
                    <strong>
                      <Said text={cause ?? "No more is known."} />
                    </strong>
                    <span class="row small">
                      {code !== undefined && (
                        <a href={`/docs/errors/${encodeURIComponent(code)}`} target="_blank" rel="noreferrer">
                          {code}: what it means and what mends it
                        </a>
                      )}
                      {part !== undefined && (
                        <a href={part} target="_blank" rel="noreferrer">
                          The part of the schema
                        </a>
                      )}
                    </span>
                  </div>
                )}
                <QuarantinePanel request={request} changed={reading.again} />
                <Panel title="Request">
                  <Facts
                    of={[
                      ["At", <Time key="at" at={at} full />],
                      ["Source", source],
                      ["Method", method],
                      ["From", address !== undefined && <code key="address">{address}</code>],
                      ["Type", type],
                      [
                        verdict === "duplicate" ? "First event" : "Event",
                        verdict !== "refused" && (
                          <Id
                            key="event"
                            id={event ?? request.id}
                            href={`/events/${encodeURIComponent(event ?? request.id)}`}
                          />
                        ),
                      ],
                      [
                        "More like it",
                        verdict === "refused" && code !== undefined && (
                          <a key="like" href={`/requests${searchOf({ verdict, source, code })}`}>
                            {code} of {source}
                          </a>
                        ),
                      ],
                      [
                        "Kept",
                        verdict === "refused" &&
                          request.heldUntil === undefined &&
                          request.admitted === undefined && (
                            <Said
                              key="kept"
                              text="Neither body nor headers, since it is not known who sent it; unless the source says `onInvalid: quarantine`: then it is held, encrypted, for some hours."
                            />
                          ),
                      ],
                    ]}
                  />
                </Panel>
              </div>
            </>
          );
        }}
      </Read>
    </>
  );
}

/** Of one that is held, or was let in. */
function QuarantinePanel(props: { readonly request: ListedRequest; readonly changed: () => void }) {
  const { request, changed } = props;
  const admitting = useAdmitting(changed);
  const { heldUntil, admitted } = request;
  if (heldUntil === undefined && admitted === undefined && admitting.outcomes.length === 0) return null;
  return (
    <Panel title="Quarantine" bare>
      <div class="inside row">
        <Quarantined of={request} />
        {heldUntil !== undefined && may("operate") && (
          <button
            type="button"
            class="button small primary"
            disabled={admitting.busy}
            onClick={() => void admitting.admit([request.id])}
          >
            {admitting.busy ? "Verifying…" : "Admit"}
          </button>
        )}
        {heldUntil !== undefined && (
          <span class="small dim">
            It is kept whole, encrypted. Once the mistake is mended it can be let in: it is verified again, as
            of the time it came.
          </span>
        )}
      </div>
      <Outcomes of={admitting} />
    </Panel>
  );
}

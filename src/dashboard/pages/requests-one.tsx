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

export function RequestPage() {
  const { params } = useRoute();
  const reading = useReading<ListedRequest>(`requests/${encodeURIComponent(params["id"] ?? "")}`);
  return (
    <>
      {reading.value === undefined && <PageHead title="Request" />}
      <Read of={reading} lines={6}>
        {(request) => {
          const { verdict, source, at, method, address, type, code, cause, schema } = request;
          const part = safeHref(schema);
          return (
            <>
              <PageHead
                title={verdict === "refused" ? `Refused request to ${source}` : `Request to ${source}`}
                about={
                  <span class="row">
                    <Badge tone={verdict === "refused" ? "bad" : "good"}>{verdict}</Badge> <Time at={at} />
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
                <Panel title="Request">
                  <Facts
                    of={[
                      ["At", <Time key="at" at={at} full />],
                      ["Source", source],
                      ["Method", method],
                      ["From", address !== undefined && <code key="address">{address}</code>],
                      ["Type", type],
                      [
                        "Event",
                        verdict === "accepted" && (
                          <Id
                            key="event"
                            id={request.id}
                            href={`/events/${encodeURIComponent(request.id)}`}
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
                        verdict === "refused" && (
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

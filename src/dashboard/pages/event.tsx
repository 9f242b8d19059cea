/** One event whole: its way as a waterfall, the request, which routes took it and why others did not, each delivery. */
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import type { EventDetail } from "../../admin/shapes/deliveries.ts";
import type { SettingRow } from "../../admin/shapes/settings.ts";
import { searchOf } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { bodyText, curlOf } from "../curl.ts";
import { Badge, StateBadge } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { Json } from "../parts/json.tsx";
import { Id, To } from "../parts/link.tsx";
import { bytes, Time } from "../parts/moment.tsx";
import { Facts, PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Said } from "../parts/said.tsx";
import { may } from "../shell/session.ts";
import { Waterfall } from "../waterfall-view.tsx";
import { DeliveryPanel } from "./deliveries-panel.tsx";
import { ReplayDialog } from "./event-replay.tsx";
import { RepetitionsPanel } from "./event-repetitions.tsx";
import "./event.css";

/** While something is still to happen, so often it is looked at again. */
const OPEN_SECONDS = 3;

export function EventPage() {
  const { params } = useRoute();
  const id = params["id"] ?? "";
  const [open, setOpen] = useState(true);
  const reading = useReading<EventDetail>(`events/${encodeURIComponent(id)}`, {
    ...(open && { everySeconds: OPEN_SECONDS }),
  });
  const isOpen = reading.value?.state === "open";
  if (reading.value !== undefined && isOpen !== open) setOpen(isOpen);
  return (
    <>
      {reading.value === undefined && <PageHead title="Event" />}
      <Read of={reading} lines={12}>
        {(event) => <Whole event={event} changed={() => (setOpen(true), reading.again())} />}
      </Read>
    </>
  );
}

function Whole({ event, changed }: { readonly event: EventDetail; readonly changed: () => void }) {
  const [replays, setReplays] = useState(false);
  return (
    <>
      <PageHead
        title={event.type === "" ? `Event from ${event.source}` : `${event.type} from ${event.source}`}
        about={
          <span class="row">
            <StateBadge state={event.state} />
            <Time at={event.receivedAt} full />
            <Id id={event.id} />
          </span>
        }
      >
        <Copy text={event.id} what="Id copied">
          Copy id
        </Copy>
        {event.source !== "signalbox" && <CopyCurl event={event} />}
        <a class="button small" href={`/playground${searchOf({ event: event.id })}`}>
          Open in playground
        </a>
        {may("operate") && (
          <button type="button" class="button small primary" onClick={() => setReplays(true)}>
            Replay…
          </button>
        )}
      </PageHead>
      {replays && (
        <ReplayDialog event={event.id} body={event.body} close={() => setReplays(false)} done={changed} />
      )}
      <div class="stack">
        <Panel title="What happened">
          <Waterfall event={event} />
        </Panel>
        <div class="columns">
          <RequestPanel event={event} />
          <RoutesPanel event={event} />
        </div>
        <RepetitionsPanel event={event} />
        {event.deliveries.map((delivery) => (
          <DeliveryPanel key={delivery.id} delivery={delivery} body={event.body} changed={changed} />
        ))}
        {event.deliveries.every(({ result }) => result === undefined) && <BodyPanel event={event} />}
      </div>
    </>
  );
}

function RequestPanel({ event }: { readonly event: EventDetail }) {
  const headers = Object.entries(event.headers);
  const query = new URLSearchParams(
    Object.entries(event.query).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
    ),
  ).toString();
  return (
    <Panel title="Request">
      <div class="stack">
        <Facts
          of={[
            [
              "Sender",
              event.verified === undefined ? (
                <span key="verified">
                  <Badge tone="warn">not verified</Badge> The source checks no signature: anybody may have
                  sent it.
                </span>
              ) : (
                <span key="verified">
                  <Badge tone="good">verified</Badge> {event.verified.scheme}
                  {event.verified.provider !== undefined && ` (${event.verified.provider})`}
                </span>
              ),
            ],
            [
              "Call",
              <code key="call" class="break">
                {event.method} {event.path}
                {query !== "" && `?${query}`}
              </code>,
            ],
            [
              "Provider's id",
              event.providerId !== undefined && <code key="provider">{event.providerId}</code>,
            ],
            ["Body", `${bytes(event.bytes)}, ${event.contentType}`],
            [
              "Sent again",
              event.duplicates > 0 && `${event.duplicates} times; each was answered and not stored`,
            ],
            [
              "Tags",
              event.tags.length > 0 && (
                <span key="tags" class="row">
                  {event.tags.map(({ name, value }) => (
                    <a key={`${name}:${value}`} href={`/events${searchOf({ tag: `${name}:${value}` })}`}>
                      {name}:{value}
                    </a>
                  ))}
                </span>
              ),
            ],
            [
              "Edited from",
              event.replayOf !== undefined && (
                <span key="edited">
                  <Id id={event.replayOf} href={`/events/${event.replayOf}`} />
                  {event.editedBy !== undefined && ` by ${event.editedBy}`}
                </span>
              ),
            ],
          ]}
        />
        <details>
          <summary>{headers.length} headers; those with credentials are never kept</summary>
          <pre class="codebox wrap" tabIndex={0} aria-label="Headers of the request">
            {headers.map(([name, value]) => `${name}: ${value}`).join("\n")}
          </pre>
        </details>
      </div>
    </Panel>
  );
}

function RoutesPanel({ event }: { readonly event: EventDetail }) {
  const sorted = [...event.routes].sort((one, other) => Number(other.matched) - Number(one.matched));
  return (
    <Panel title="Routes" aside={<span class="small dim">as they are today</span>}>
      {sorted.length === 0 ? (
        <Empty title={`No route starts at ${event.source}`}>
          <p>Add a file under routes/ with “source: {event.source}”; a replay then takes this event along.</p>
        </Empty>
      ) : (
        <ul class="routes-list">
          {sorted.map(({ route, target, matched, why }) => (
            <li key={route}>
              <Badge tone={matched ? "good" : "calm"}>{matched ? "takes it" : "does not"}</Badge>{" "}
              <To kind="routes" name={route} /> → {target}
              <br />
              <span class="small dim break">
                <Said text={why} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function BodyPanel({ event }: { readonly event: EventDetail }) {
  return (
    <Panel
      title="Body"
      aside={
        event.body !== undefined && (
          <Copy
            text={() => (typeof event.body === "string" ? event.body : JSON.stringify(event.body, null, 2))}
            what="Body copied"
          >
            Copy body
          </Copy>
        )
      }
    >
      {event.body === undefined ? (
        <Empty title="The body is not kept any more">
          <p>
            Bodies leave the history before the rows do, by age and by bytes; see Settings. Without it the
            event cannot be replayed.
          </p>
        </Empty>
      ) : typeof event.body === "string" ? (
        <pre class="codebox wrap" tabIndex={0} aria-label="Body of the event">
          {event.body}
        </pre>
      ) : (
        <Json value={event.body} label="Body of the event" />
      )}
    </Panel>
  );
}

/** The request as a command. Signature headers are not kept, so the command says what it needs. */
function CopyCurl({ event }: { readonly event: EventDetail }) {
  const settings = useReading<{ readonly items: readonly SettingRow[] }>(
    may("read") ? "settings" : undefined,
  );
  const of = (variable: string): string | undefined => {
    const row = settings.value?.items.find((one) => one.variable === variable);
    return row?.value ?? row?.default;
  };
  const base = of("SIGNALBOX_PUBLIC_URL") ?? `http://${location.hostname}:${of("SIGNALBOX_PORT") ?? "8080"}`;
  return (
    <Copy
      what="Copied. The signature is not in it: it was never kept."
      text={() => {
        const query = Object.entries(event.query).flatMap(([name, value]) =>
          (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
        );
        const search = query.length === 0 ? "" : `?${new URLSearchParams(query).toString()}`;
        return curlOf({
          method: event.method,
          url: `${base.replace(/\/$/, "")}${event.path}${search}`,
          headers: event.headers,
          body: bodyText(event.body, event.contentType),
        });
      }}
    >
      Copy as curl
    </Copy>
  );
}

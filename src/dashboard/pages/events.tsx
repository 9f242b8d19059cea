/** Events: what comes in as it comes, and the search for what came. */
import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { ListedEvent } from "../../admin/shapes/deliveries.ts";
import type { LiveState } from "../api/live.ts";
import { usePages } from "../api/reading.ts";
import { Badge, StateBadge, Status } from "../parts/badge.tsx";
import { bytes, grouped, Time } from "../parts/moment.tsx";
import { PageHead } from "../parts/page.tsx";
import { Empty, Forbidden, Loading, ProblemBox } from "../parts/problem.tsx";
import { More, Table, type Column } from "../parts/table.tsx";
import { askedOf, searchOf, type Search } from "./events-filter.ts";
import { SearchForm } from "./events-form.tsx";
import { useFollowed } from "./events-followed.ts";
import { KEPT_ROWS, type Row } from "./events-live.ts";
import { Hits } from "./events-search.tsx";
import "./deliveries.css";

export function EventsPage() {
  const { query } = useLocation();
  const search = searchOf(query);
  const key = JSON.stringify(search);
  return (
    <>
      <PageHead
        title="Events"
        about="Every accepted request, once. Search by id, business key, status, or any value in a body."
      />
      <SearchForm here="/events" search={search} />
      {search.within ? <Hits key={key} search={search} /> : <EventList key={key} search={search} />}
    </>
  );
}

/** Filters that the stream of changes understands; with any other one the list stands still. */
const LIVE_NAMES = new Set(["source", "type", "route", "target"]);

function EventList({ search }: { readonly search: Search }) {
  const asked = useMemo(() => askedOf(search, Date.now()), [search]);
  const pages = usePages<ListedEvent>("events", { ...asked, limit: 50 });
  const canFollow = Object.keys(search.filter).every((name) => LIVE_NAMES.has(name));
  const { rows, skipped, fresh, show, live, paused, setPaused, frame } = useFollowed(
    pages.items,
    search.filter,
    canFollow && pages.items !== undefined,
  );
  const again = (): void => {
    pages.again();
    show();
  };
  return (
    <section class="panel" aria-label="Events">
      <header class="live-bar">
        {canFollow ? (
          <LiveBar live={live} paused={paused} fresh={fresh} show={show} pause={setPaused} />
        ) : (
          <span>Newest first. With these filters the list stands still.</span>
        )}
        <button type="button" class="button small" onClick={again}>
          Load again
        </button>
      </header>
      {pages.problem?.status === 403 ? (
        <Forbidden problem={pages.problem} />
      ) : (
        pages.problem && <ProblemBox problem={pages.problem} again={pages.again} />
      )}
      {skipped > 0 && (
        <p class="inside small dim">
          {grouped(skipped)} changes came too fast to be shown one by one; “Load again” shows where they led.
        </p>
      )}
      <div ref={frame}>
        {rows === undefined && !pages.problem && <Loading lines={10} />}
        {rows?.length === 0 && <Nothing search={search} />}
        {rows !== undefined && rows.length > 0 && (
          <Table
            label="Events"
            rows={rows}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            href={({ id }) => `/events/${id}`}
          />
        )}
      </div>
      {rows !== undefined &&
      rows.length >= KEPT_ROWS &&
      pages.items !== undefined &&
      rows.at(-1)?.id !== pages.items.at(-1)?.id ? (
        <p class="inside small dim">Older ones have left this list. “Load again” begins it anew.</p>
      ) : (
        <More of={pages} />
      )}
    </section>
  );
}

function Nothing({ search }: { readonly search: Search }) {
  if (Object.keys(search.filter).length > 0) {
    return (
      <Empty title="Nothing matches">
        <p>
          No event within the retention fits all of these filters. Take one away above, or widen the time.
          Refused requests never become events: see <a href="/requests?verdict=refused">Requests</a>.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No event yet">
      <p>
        Post a webhook to a source, or let one be made: <code>npx signalbox send github push</code>. It
        appears here as it is accepted.
      </p>
    </Empty>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  {
    head: "Event",
    cell: ({ type, id }) => (
      <>
        {type === undefined ? (
          <span class="dim">…</span>
        ) : type === "" ? (
          <span class="dim">no type</span>
        ) : (
          type
        )}{" "}
        <code class="dim" title={id}>
          …{id.slice(-6)}
        </code>
      </>
    ),
  },
  { head: "Source", cell: ({ source }) => source },
  { head: "Received", cell: ({ receivedAt }) => <Time at={receivedAt} /> },
  { head: "Deliveries", wide: true, cell: (row) => <Outcomes row={row} /> },
  { head: "Size", end: true, cell: ({ bytes: size }) => (size === undefined ? "" : bytes(size)) },
];

/** So many deliveries are named in a row. */
const NAMED = 3;

function Outcomes({ row: { deliveries, made, quiet } }: { readonly row: Row }) {
  if (quiet === "unrouted") return <span class="dim">no route takes it</span>;
  if (quiet === "quarantined") return <Badge tone="warn">quarantined</Badge>;
  const rest = made - Math.min(deliveries.length, NAMED);
  return (
    <span class="outcomes">
      {deliveries.slice(0, NAMED).map(({ id, target, state, status }) => (
        <span key={id}>
          <StateBadge state={state} />
          {target}
          {state !== "delivered" && <Status status={status} />}
        </span>
      ))}
      {rest > 0 && <span class="dim">{deliveries.length === 0 ? `${rest} under way` : `+${rest}`}</span>}
    </span>
  );
}

function LiveBar(props: {
  readonly live: LiveState;
  readonly paused: boolean;
  readonly fresh: number;
  readonly show: () => void;
  readonly pause: (paused: boolean) => void;
}) {
  const words: Readonly<Record<LiveState, string>> = {
    opening: "Connecting…",
    live: "Live",
    waiting: "The connection broke; it is opened again by itself.",
    paused: "Waiting for this tab to be looked at.",
  };
  return (
    <span class="row">
      <Badge tone={props.paused ? "calm" : props.live === "live" ? "good" : "warn"}>
        {props.paused ? "Paused" : words[props.live]}
      </Badge>
      <button
        type="button"
        class="button small"
        aria-pressed={props.paused}
        onClick={() => props.pause(!props.paused)}
      >
        {props.paused ? "Go on" : "Pause"}
      </button>
      <span role="status">
        {props.fresh > 0 && (
          <button type="button" class="button small primary" onClick={props.show}>
            Show {grouped(props.fresh)} new
          </button>
        )}
      </span>
    </span>
  );
}

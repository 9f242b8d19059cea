/** Deliveries: one event on one route each, by state, target, status, error, or age. */
import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { ListedDelivery } from "../../admin/shapes/deliveries.ts";
import { searchOf as queryText } from "../api/call.ts";
import { usePages } from "../api/reading.ts";
import { StateBadge, Status } from "../parts/badge.tsx";
import { tailOf } from "../parts/link.tsx";
import { Time } from "../parts/moment.tsx";
import { PageHead } from "../parts/page.tsx";
import { Empty, Forbidden, Loading, ProblemBox } from "../parts/problem.tsx";
import { Breaking } from "../parts/said.tsx";
import { More, Table, type Column } from "../parts/table.tsx";
import { askedOf, DELIVERY_STATES, queryOf, searchOf } from "./events-filter.ts";
import { SearchForm } from "./events-form.tsx";
import "./deliveries.css";

export function DeliveriesPage() {
  const { query } = useLocation();
  const search = searchOf(query);
  const key = JSON.stringify(search.filter);
  const asked = useMemo(() => askedOf({ filter: search.filter }, Date.now()), [key]);
  const pages = usePages<ListedDelivery>("deliveries", { ...asked, limit: 50 });
  const { state: chosen, ...others } = search.filter;
  const words = ["", ...DELIVERY_STATES] as const;
  return (
    <>
      <PageHead
        title="Deliveries"
        about="One event on one route, each with its attempts. Newest events first."
      >
        <button type="button" class="button small" onClick={pages.again}>
          Load again
        </button>
      </PageHead>
      <SearchForm here="/deliveries" search={search} />
      <nav class="tabs" aria-label="States">
        {words.map((state) => {
          const filter = state === "" ? others : { ...others, state };
          return (
            <a
              key={state}
              href={`/deliveries${queryText(queryOf({ filter }))}`}
              aria-current={(chosen ?? "") === state ? "page" : undefined}
            >
              {state === "" ? "all" : state}
            </a>
          );
        })}
      </nav>
      <section class="panel" aria-label="Deliveries" aria-busy={pages.loading}>
        <DeliveryRows pages={pages} filtered={Object.keys(search.filter).length > 0} />
      </section>
    </>
  );
}

/** A list of deliveries, page by page. */
export function DeliveryRows(props: {
  readonly pages: ReturnType<typeof usePages<ListedDelivery>>;
  /** Whether an empty list may be the filter's doing. */
  readonly filtered: boolean;
}) {
  const { items, problem, again } = props.pages;
  if (problem?.status === 403) return <Forbidden problem={problem} />;
  return (
    <>
      {problem && <ProblemBox problem={problem} again={again} />}
      {items === undefined && !problem && <Loading lines={10} />}
      {items?.length === 0 && (
        <Empty title={props.filtered ? "Nothing matches" : "No delivery yet"}>
          <p>
            {props.filtered
              ? "No delivery within the retention fits all of this. That may be good news: none is in this state."
              : "A delivery is made for each route that takes an event; none has been yet."}
          </p>
        </Empty>
      )}
      {items !== undefined && items.length > 0 && (
        <Table
          label="Deliveries"
          rows={items}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          href={({ id }) => `/deliveries/${id}`}
        />
      )}
      <More of={props.pages} />
    </>
  );
}

const COLUMNS: readonly Column<ListedDelivery>[] = [
  {
    head: "Delivery",
    cell: ({ route, id }) => (
      <>
        {route}{" "}
        <code class="dim" style={{ whiteSpace: "nowrap" }} title={id}>
          …{tailOf(id)}
        </code>
      </>
    ),
  },
  { head: "Target", cell: ({ target }) => target },
  {
    head: "State",
    cell: ({ state, dueAt }) => (
      <span class="outcomes">
        <StateBadge state={state} />
        {state === "retrying" && dueAt !== undefined && (
          <span class="dim">
            again <Time at={dueAt} />
          </span>
        )}
      </span>
    ),
  },
  {
    head: "Last answer",
    wide: true,
    cell: ({ status, code }) =>
      status === undefined && code === undefined ? null : (
        <span class="outcomes">
          <Status status={status} />
          {code !== undefined && (
            <span class="small break">
              <Breaking text={code} />
            </span>
          )}
        </span>
      ),
  },
  { head: "Attempts", end: true, cell: ({ attempts }) => attempts },
  {
    head: "Event",
    cell: ({ event, type, source }) => (
      <a href={`/events/${event}`}>
        {type === "" ? "event" : type} from {source}
      </a>
    ),
  },
  { head: "Received", cell: ({ receivedAt }) => <Time at={receivedAt} /> },
];

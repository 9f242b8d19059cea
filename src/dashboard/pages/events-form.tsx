/** The search of lists: one field to type into, and a form with every filter. The URL holds all of it. */
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { searchOf as queryText } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Choice, Field } from "../parts/field.tsx";
import {
  asTyped,
  DELIVERY_STATES,
  EVENT_STATES,
  placeOf,
  queryOf,
  timeOf,
  typed,
  type FilterName,
  type Search,
} from "./events-filter.ts";
import "./events-form.css";

const SPANS = [
  ["", "any time"],
  ["-15m", "last 15 minutes"],
  ["-1h", "last hour"],
  ["-24h", "last 24 hours"],
  ["-7d", "last 7 days"],
] as const;

export function SearchForm(props: { readonly here: "/events" | "/deliveries"; readonly search: Search }) {
  const { here, search } = props;
  const { route } = useLocation();
  const written = asTyped(search);
  const [text, setText] = useState(written);
  const [open, setOpen] = useState(false);
  useEffect(() => setText(written), [written]);
  const go = (wanted: Search): void => route(placeOf(here, wanted));
  return (
    <div class="search-form">
      <form
        role="search"
        aria-label={here === "/events" ? "Search events" : "Search deliveries"}
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          go(typed(text));
        }}
      >
        <input
          type="search"
          aria-label="Search"
          placeholder="evt_…  order:4711  source:github  status:500  customer.email=a@b.c"
          value={text}
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="button primary">
          Search
        </button>
        <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          Filters
        </button>
      </form>
      {open && <Filters here={here} search={search} go={go} />}
      <Chips here={here} search={search} />
    </div>
  );
}

/** Each filter in force, to be taken away alone. */
function Chips({ here, search }: { readonly here: "/events" | "/deliveries"; readonly search: Search }) {
  const names = Object.keys(search.filter) as FilterName[];
  if (names.length === 0 && !search.within) return null;
  return (
    <ul class="chips" aria-label="Filters in force">
      {names.map((name) => {
        const { [name]: gone, ...filter } = search.filter;
        return (
          <Chip
            key={name}
            text={`${name}: ${gone ?? ""}`}
            href={`${here}${queryText(queryOf({ ...search, filter }))}`}
          />
        );
      })}
      {search.within && (
        <Chip
          text={`${search.within.in}: ${search.within.path} = ${search.within.value}`}
          href={`${here}${queryText(queryOf({ filter: search.filter }))}`}
        />
      )}
      <li>
        <a href={here}>Clear all</a>
      </li>
    </ul>
  );
}

function Chip({ text, href }: { readonly text: string; readonly href: string }) {
  return (
    <li class="chip">
      <span class="break">{text}</span>
      <a href={href} aria-label={`Take away ${text}`}>
        ✕
      </a>
    </li>
  );
}

interface Named {
  readonly items: readonly { readonly name: string }[];
}

function Filters(props: {
  readonly here: "/events" | "/deliveries";
  readonly search: Search;
  readonly go: (search: Search) => void;
}) {
  const { search } = props;
  const [filter, setFilter] = useState<Search["filter"]>(search.filter);
  const [within, setWithin] = useState(search.within ?? { in: "body" as const, path: "", value: "" });
  const sources = useReading<Named>("sources");
  const routes = useReading<Named>("routes");
  const targets = useReading<Named>("targets");
  const names = ({ value }: { value: Named | undefined }): string[] =>
    value?.items.map(({ name }) => name) ?? [];
  const change = (name: FilterName) => (value: string) => setFilter({ ...filter, [name]: value });
  const time = (name: "from" | "to"): string | undefined => {
    const value = filter[name]?.trim();
    return value && timeOf(value, 0) === undefined ? "Neither a time nor a span like -2h." : undefined;
  };
  const states = [...EVENT_STATES, ...DELIVERY_STATES];
  const preset = SPANS.some(([value]) => value === (filter.from ?? "")) && !filter.to;
  return (
    <form
      class="panel search-filters"
      aria-label="Filters"
      onSubmit={(event) => {
        event.preventDefault();
        if (time("from") ?? time("to")) return;
        const trimmed = Object.entries(filter).map(([name, value]) => [name, value.trim()]);
        const typed = Object.fromEntries(trimmed) as Search["filter"];
        const asked = queryOf({ filter: typed, ...(within.path.trim() !== "" && { within }) });
        const { path, value, in: side, ...rest } = asked;
        props.go({
          filter: rest,
          ...(path !== undefined && {
            within: { in: side === "result" ? "result" : "body", path: path.trim(), value: value ?? "" },
          }),
        });
      }}
    >
      <div class="filter-fields">
        <Field label="Source" value={filter.source ?? ""} change={change("source")} list={names(sources)} />
        <Field label="Type" value={filter.type ?? ""} change={change("type")} placeholder="push" />
        <Field label="Route" value={filter.route ?? ""} change={change("route")} list={names(routes)} />
        <Field label="Target" value={filter.target ?? ""} change={change("target")} list={names(targets)} />
        <Choice
          label="State"
          value={filter.state ?? ""}
          change={change("state")}
          of={[["", "any"], ...states.map((state): [string, string] => [state, state])]}
        />
        <Field
          label="HTTP status"
          value={filter.status ?? ""}
          change={change("status")}
          inputMode="numeric"
          placeholder="503"
        />
        <Field
          label="Error code"
          value={filter.code ?? ""}
          change={change("code")}
          placeholder="FORWARD_TIMEOUT"
        />
        <Field label="Tag" value={filter.tag ?? ""} change={change("tag")} placeholder="order:4711" />
        <Field
          label="Event or delivery id"
          value={filter.id ?? ""}
          change={change("id")}
          placeholder="evt_…"
        />
        <Field label="Provider's id" value={filter.providerId ?? ""} change={change("providerId")} />
        {preset && (
          <Choice
            label="Received"
            value={filter.from ?? ""}
            change={change("from")}
            of={[...SPANS, ["custom", "from … to …"]].map(([value, shown]): [string, string] => [
              value!,
              shown!,
            ])}
          />
        )}
        {!preset && (
          <>
            <Field
              label="Received from"
              value={filter.from === "custom" ? "" : (filter.from ?? "")}
              change={change("from")}
              placeholder="-2h or 2026-03-01T12:00Z"
              error={filter.from === "custom" ? undefined : time("from")}
            />
            <Field
              label="Received to"
              value={filter.to ?? ""}
              change={change("to")}
              placeholder="now"
              error={time("to")}
            />
          </>
        )}
      </div>
      <fieldset class="filter-within">
        <legend>A value in bodies or results, newest first, as far back as bodies are kept</legend>
        <div class="filter-fields">
          <Choice
            label="In"
            value={within.in}
            change={(side) => setWithin({ ...within, in: side === "result" ? "result" : "body" })}
            of={[
              ["body", "body"],
              ["result", "result"],
            ]}
          />
          <Field
            label="Path"
            value={within.path}
            change={(path) => setWithin({ ...within, path })}
            placeholder="commits[0].author.email"
          />
          <Field label="Value" value={within.value} change={(value) => setWithin({ ...within, value })} />
        </div>
      </fieldset>
      <div class="actions">
        <button type="submit" class="button primary">
          Apply filters
        </button>
      </div>
    </form>
  );
}

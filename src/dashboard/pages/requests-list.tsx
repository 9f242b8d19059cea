/** The list of requests; those that are held can be let in, one by one or several together. */
import { useState } from "preact/hooks";
import type { ListedRequest } from "../../admin/shapes/requests.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Id } from "../parts/link.tsx";
import { Time } from "../parts/moment.tsx";
import { Said } from "../parts/said.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { may } from "../shell/session.ts";
import { Outcomes, Quarantined, useAdmitting, type Admitting } from "./requests-admit.tsx";

/** `changed`: some were let in. */
export function RequestsList(props: {
  readonly items: readonly ListedRequest[];
  readonly changed: () => void;
}) {
  const { items, changed } = props;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const admitting = useAdmitting(() => {
    setChosen(new Set());
    changed();
  });
  const held = items.filter(({ heldUntil }) => heldUntil !== undefined).map(({ id }) => id);
  const selected = held.filter((id) => chosen.has(id));
  const offers = may("operate") && held.length > 0;
  const anyKept = held.length > 0 || items.some(({ admitted }) => admitted !== undefined);
  const pick = (id: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  return (
    <>
      {offers && (
        <div class="inside row request-admitting" role="group" aria-label="Let in what is held">
          <button
            type="button"
            class="button small"
            onClick={() => setChosen(new Set(selected.length === held.length ? [] : held))}
          >
            {selected.length === held.length ? "Select none" : "Select all held"}
          </button>
          <button
            type="button"
            class="button small primary"
            disabled={admitting.busy || selected.length === 0}
            onClick={() => void admitting.admit(selected)}
          >
            {admitting.busy ? "Verifying…" : `Admit selected (${selected.length})`}
          </button>
          <span class="small dim">
            Each is verified again, with today’s secrets, as of the time it came. Those that pass become
            events.
          </span>
        </div>
      )}
      <Outcomes of={admitting} />
      <Table
        label="Requests"
        rows={items}
        columns={
          anyKept ? [...COLUMNS, quarantine(offers ? { admitting, chosen, pick } : undefined)] : COLUMNS
        }
        keyOf={({ id }) => id}
        href={hrefOf}
      />
    </>
  );
}

/** An accepted one leads to its event; a duplicate, whose request was not stored, to the first one's. */
function hrefOf({ id, verdict, event }: ListedRequest): string {
  if (verdict === "refused") return `/requests/${encodeURIComponent(id)}`;
  return `/events/${encodeURIComponent(event ?? id)}`;
}

/** A verdict's tone. */
export function toneOf(verdict: ListedRequest["verdict"]): Tone {
  return verdict === "refused" ? "bad" : verdict === "accepted" ? "good" : "calm";
}

const COLUMNS: readonly Column<ListedRequest>[] = [
  {
    head: "Request",
    cell: ({ verdict, code, type }) =>
      verdict === "refused" ? (code ?? "refused") : type === undefined || type === "" ? verdict : type,
  },
  { head: "Verdict", cell: ({ verdict }) => <Badge tone={toneOf(verdict)}>{verdict}</Badge> },
  { head: "Source", cell: ({ source }) => source },
  {
    head: "Cause",
    wide: true,
    cell: ({ cause, event, headers, revived }) => (
      <span class="break">
        {cause !== undefined && <Said text={cause} />}
        {event !== undefined && (
          <>
            of <Id id={event} href={`/events/${encodeURIComponent(event)}`} />
            {Object.entries(headers ?? {}).map(([name, value]) => `, ${name}: ${value}`)}
            {revived !== undefined && `; ${revived.length} that had died ran again`}
          </>
        )}
      </span>
    ),
  },
  { head: "From", cell: ({ address }) => address !== undefined && <code>{address}</code> },
  { head: "At", cell: ({ at }) => <Time at={at} /> },
];

interface Picking {
  readonly admitting: Admitting;
  readonly chosen: ReadonlySet<string>;
  readonly pick: (id: string, on: boolean) => void;
}

/** `picking`: for who may let them in. */
function quarantine(picking: Picking | undefined): Column<ListedRequest> {
  return {
    head: "Quarantine",
    wide: true,
    cell: (request) => (
      <span class="row">
        <Quarantined of={request} />
        {picking !== undefined && request.heldUntil !== undefined && (
          <>
            <label class="choice">
              <input
                type="checkbox"
                checked={picking.chosen.has(request.id)}
                onChange={(event) => picking.pick(request.id, event.currentTarget.checked)}
              />
              <span>Select</span>
            </label>
            <button
              type="button"
              class="button small"
              disabled={picking.admitting.busy}
              onClick={() => void picking.admitting.admit([request.id])}
            >
              Admit
            </button>
          </>
        )}
      </span>
    ),
  };
}

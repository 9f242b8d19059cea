/** The requests that brought an event again: when, what the provider says of its attempts, what ran again for them. */
import type { EventDetail } from "../../admin/shapes/deliveries.ts";
import type { Repetition } from "../../admin/shapes/requests.ts";
import { searchOf } from "../api/call.ts";
import { Id } from "../parts/link.tsx";
import { grouped, Time } from "../parts/moment.tsx";
import { Panel } from "../parts/page.tsx";
import { Table, type Column } from "../parts/table.tsx";

/** Nothing where it came once. */
export function RepetitionsPanel({ event }: { readonly event: EventDetail }) {
  const { duplicates, duplicateList, source } = event;
  if (duplicateList.length === 0) return null;
  return (
    <Panel
      title="Sent again"
      bare
      aside={
        <span class="small dim">
          {duplicates > duplicateList.length && `the latest of ${grouped(duplicates)}; `}
          <a href={`/requests${searchOf({ verdict: "duplicate", source })}`}>all of {source}</a>
        </span>
      }
    >
      <Table label="Sent again" rows={duplicateList} columns={COLUMNS} keyOf={({ id }) => id} />
    </Panel>
  );
}

const COLUMNS: readonly Column<Repetition>[] = [
  { head: "At", cell: ({ at }) => <Time at={at} full /> },
  {
    head: "The provider’s attempt",
    wide: true,
    cell: ({ headers }) => {
      const said = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      return said.length === 0 ? (
        <span class="dim">it does not say</span>
      ) : (
        <code class="break">{said.join(", ")}</code>
      );
    },
  },
  {
    head: "Ran again",
    wide: true,
    cell: ({ revived }) =>
      revived.length === 0 ? (
        <span class="dim">nothing: none had died</span>
      ) : (
        revived.map((id) => <Id key={id} id={id} href={`/deliveries/${encodeURIComponent(id)}`} />)
      ),
  },
  { head: "Request", cell: ({ id }) => <Id id={id} href={`/requests/${encodeURIComponent(id)}`} short /> },
];

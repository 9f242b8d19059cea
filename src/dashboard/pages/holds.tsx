/** What waits for people: since when, on which route, how many have approved; and what was decided. */
import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { ListedHold } from "../../admin/shapes/holds.ts";
import { searchOf } from "../api/call.ts";
import { usePages } from "../api/reading.ts";
import { Badge, StateBadge } from "../parts/badge.tsx";
import { Choice } from "../parts/field.tsx";
import { tailOf } from "../parts/link.tsx";
import { Time } from "../parts/moment.tsx";
import { PageHead } from "../parts/page.tsx";
import { Empty, ReadPages } from "../parts/problem.tsx";
import { More, Table } from "../parts/table.tsx";

const STATES: readonly (readonly [string, string])[] = [
  ["waiting", "waiting"],
  ["approved", "approved"],
  ["rejected", "rejected"],
  ["expired", "expired"],
  ["superseded", "superseded"],
  ["cancelled", "cancelled"],
  ["all", "all"],
];

export function HoldsPage() {
  const { query, route } = useLocation();
  const { state = "waiting", route: ofRoute = "" } = query;
  const asked = useMemo(
    () => ({ state: state === "all" ? "" : state, route: ofRoute, limit: 50 }),
    [state, ofRoute],
  );
  const pages = usePages<ListedHold>("holds", asked);
  const routes = [
    ...new Set([...(ofRoute === "" ? [] : [ofRoute]), ...(pages.items ?? []).map((one) => one.route)]),
  ];
  const go = (changed: Readonly<Record<string, string>>): void =>
    route(`/holds${searchOf({ state, route: ofRoute, ...changed })}`);
  return (
    <>
      <PageHead
        title="Holds"
        about="Deliveries that a route's gate holds until people have looked at what would be sent."
      >
        <button type="button" class="button small" onClick={pages.again}>
          Load again
        </button>
      </PageHead>
      <section class="panel" aria-label="Holds" aria-busy={pages.loading}>
        <header>
          <div class="row">
            <Choice
              label="State"
              value={state}
              change={(value) => go({ state: value })}
              of={STATES.map(([a, b]) => [a, b])}
            />
            <Choice
              label="Route"
              value={ofRoute}
              change={(value) => go({ route: value })}
              of={[["", "all"], ...routes.sort().map((name): [string, string] => [name, name])]}
            />
          </div>
        </header>
        <ReadPages of={pages} lines={8}>
          {(items) =>
            items.length === 0 ? (
              <Empty title={state === "waiting" ? "Nothing waits for anybody" : "No hold"}>
                <p>
                  {state === "waiting"
                    ? "A route with a `gate` holds what it would send; it would stand here until somebody approves or rejects it."
                    : "None fits within the history."}
                </p>
              </Empty>
            ) : (
              <>
                <Table
                  label="Holds, newest first"
                  rows={items}
                  keyOf={({ id }) => id}
                  href={({ id }) => `/holds/${id}`}
                  columns={[
                    { head: "Hold", cell: ({ id }) => <code>{tailOf(id)}</code> },
                    { head: "Route", cell: ({ route: name, target }) => `${name} → ${target}` },
                    {
                      head: "State",
                      cell: (hold) => (
                        <span class="row">
                          <StateBadge state={hold.state} />
                          {hold.overdue === true && <Badge tone="warn">overdue</Badge>}
                          {hold.edited !== undefined && <Badge tone="note">edited</Badge>}
                        </span>
                      ),
                    },
                    {
                      head: "Approvals",
                      end: true,
                      cell: ({ approvals, needed }) => `${approvals.length} of ${needed}`,
                    },
                    { head: "Since", cell: ({ createdAt }) => <Time at={createdAt} /> },
                    {
                      head: "Until",
                      cell: ({ expiresAt }) => (expiresAt === undefined ? "" : <Time at={expiresAt} />),
                    },
                    { head: "Decided by", cell: ({ decided }) => decided?.by ?? "" },
                  ]}
                />
                <More of={pages} />
              </>
            )
          }
        </ReadPages>
      </section>
    </>
  );
}

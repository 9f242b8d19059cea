/** Ordered lines that a dead letter stops: since when, why, how many wait, and what a person may decide. */
import type { ShownLine, StoppedLines } from "../../admin/shapes/lines.ts";
import { call } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Badge } from "../parts/badge.tsx";
import { Id, To } from "../parts/link.tsx";
import { grouped, Time } from "../parts/moment.tsx";
import { PageHead } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Breaking } from "../parts/said.tsx";
import { Sure } from "../parts/sure.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { may } from "../shell/session.ts";

export function LinesPage() {
  const lines = useReading<StoppedLines>("lines?limit=500", { everySeconds: 10 });
  return (
    <>
      <PageHead
        title="Stopped lines"
        about="Routes with an order deliver one at a time for each key. A dead letter stops its key, so that nothing overtakes it; other keys go on."
      />
      <section class="panel" aria-label="Stopped lines">
        <Read of={lines} lines={6}>
          {({ items, count }) =>
            items.length === 0 ? (
              <Empty title="No line is stopped">
                <p>
                  Where a route has <code>order</code>, a key comes here when its delivery has died, unless
                  the route says <code>onDead: skip</code>.
                </p>
              </Empty>
            ) : (
              <>
                {count > items.length && (
                  <header>{grouped(count)} lines are stopped; the oldest are shown.</header>
                )}
                <Table
                  label="Stopped lines"
                  rows={items}
                  columns={columns(() => lines.again())}
                  keyOf={({ id }) => id}
                />
              </>
            )
          }
        </Read>
      </section>
    </>
  );
}

function columns(done: () => void): readonly Column<ShownLine>[] {
  return [
    { head: "Key", wide: true, cell: ({ key }) => <code class="break">{key}</code> },
    {
      head: "Route",
      cell: ({ route }) => (route === undefined ? "gone" : <To kind="routes" name={route} />),
    },
    {
      head: "Why",
      wide: true,
      cell: ({ id, code, how }) => (
        <span class="break">
          <Badge tone={how === "hold" ? "bad" : "warn"}>
            {how === "hold" ? "held for a person" : "parked"}
          </Badge>{" "}
          <Breaking text={code} /> <Id id={id} href={`/deliveries/${encodeURIComponent(id)}`} />
        </span>
      ),
    },
    { head: "Since", cell: ({ since }) => <Time at={since} /> },
    { head: "Waiting", end: true, cell: ({ waiting }) => <b>{grouped(waiting)}</b> },
    { head: "Decide", cell: (line) => may("operate") && <Decide line={line} done={done} /> },
  ];
}

function Decide({ line, done }: { readonly line: ShownLine; readonly done: () => void }) {
  const release = (does: "retry" | "skip") => async (): Promise<void> => {
    await call("POST", `lines/${encodeURIComponent(line.id)}/release`, { body: { does } });
    done();
  };
  const behind = line.waiting === 1 ? "the one behind it" : `the ${grouped(line.waiting)} behind it`;
  return (
    <span class="row">
      <Sure
        verb="Try again"
        title={`Try ${line.key} again`}
        about={<p>The delivery is tried again. When it came through, {behind} go on in their order.</p>}
        act={release("retry")}
        small
      />
      <Sure
        verb="Skip"
        title={`Skip the delivery of ${line.key}`}
        about={
          <p>
            It stays a dead letter, and {behind} go on without it: the target will not have got it when they
            arrive.
          </p>
        }
        act={release("skip")}
        danger
        small
      />
    </span>
  );
}

/** One source: when it calls usually, how its bodies look, and what has changed in them. */
import { useRoute } from "preact-iso";
import type { Habits } from "../../admin/shapes/habits.ts";
import { call, searchOf } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Badge } from "../parts/badge.tsx";
import { Id } from "../parts/link.tsx";
import { grouped, Time } from "../parts/moment.tsx";
import { Facts, PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { Sure } from "../parts/sure.tsx";
import { Table } from "../parts/table.tsx";
import { may } from "../shell/session.ts";

export function SourcePage() {
  const name = useRoute().params["name"] ?? "";
  const path = `sources/${encodeURIComponent(name)}/habits`;
  const habits = useReading<Habits>(path, { everySeconds: 10 });
  return (
    <>
      <PageHead title={name} about="Source">
        <a class="button" href={`/events${searchOf({ source: name })}`}>
          Its events
        </a>
        {may("operate") && (
          <Sure
            verb="Learn anew"
            title={`Learn anew how bodies of ${name} look`}
            about={<p>What is known of its bodies and their changes is forgotten.</p>}
            act={async () => {
              await call("DELETE", path);
              habits.again();
            }}
          />
        )}
      </PageHead>
      <div class="stack">
        <Read of={habits} lines={24}>
          {({ cadence, types }) => (
            <>
              <Cadence {...cadence} />
              <Drifts types={types} />
              {types.map((type) => (
                <Fields key={type.type} {...type} />
              ))}
            </>
          )}
        </Read>
      </div>
    </>
  );
}

function Cadence({ learning, knownHours, lastAt, missing, limit, silentSince }: Habits["cadence"]) {
  return (
    <Panel title="When it calls">
      <Facts
        of={[
          [
            "State",
            silentSince !== undefined ? (
              <Badge tone="bad">silent</Badge>
            ) : learning ? (
              `its usual hours are being learned: ${knownHours} of 168 are known`
            ) : (
              <Badge tone="good">as usual</Badge>
            ),
          ],
          ["Called last", lastAt === undefined ? "never" : <Time key="at" at={lastAt} />],
          ["To be expected since", !learning && `${missing.toFixed(1)} events`],
          ["Unusual from", !learning && `${limit.toFixed(1)} events`],
        ]}
      />
    </Panel>
  );
}

function Drifts({ types }: Pick<Habits, "types">) {
  const rows = types.flatMap(({ type, drifts }) => drifts.map((drift) => ({ type, ...drift })));
  return (
    <Panel title="What has changed" bare>
      {rows.length === 0 ? (
        <Empty title="Its bodies look as they always did" />
      ) : (
        <Table
          label="What has changed"
          rows={rows}
          keyOf={({ type, path, what, to }) => `${type} ${path} ${what} ${to}`}
          columns={[
            { head: "Type", cell: ({ type }) => <code class="break">{type}</code> },
            { head: "Path", cell: ({ path }) => <code class="break">{path}</code> },
            { head: "Change", cell: ({ what, from, to }) => `${what}: ${from} → ${to}` },
            {
              head: "Read by",
              wide: true,
              cell: ({ rules }) =>
                rules.length === 0 ? "no rule" : <span class="warn">{rules.join(", ")}</span>,
            },
            {
              head: "First event",
              cell: ({ event }) => <Id id={event} href={`/events/${encodeURIComponent(event)}`} short />,
            },
            { head: "At", end: true, cell: ({ at }) => <Time at={at} /> },
          ]}
        />
      )}
    </Panel>
  );
}

function Fields({ type, samples, fields }: Habits["types"][number]) {
  return (
    <Panel
      title={`Fields of ${type}`}
      aside={<span class="dim small">{grouped(samples)} looked at</span>}
      bare
    >
      <Table
        label={`Fields of ${type}`}
        rows={fields}
        keyOf={({ path }) => path}
        columns={[
          { head: "Path", wide: true, cell: ({ path }) => <code class="break">{path}</code> },
          { head: "Kinds", cell: ({ kinds }) => kinds.join(" or ") },
          { head: "Seen", end: true, cell: ({ seen }) => grouped(seen) },
          { head: "Always", cell: ({ always }) => (always ? "always" : "now and then") },
        ]}
      />
    </Panel>
  );
}

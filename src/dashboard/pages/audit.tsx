/** Who did what, and on whose behalf; who is no admin sees what he did and what concerns him. */
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { AuditEntry } from "../../admin/shapes/people.ts";
import { useActing } from "../api/acting.ts";
import { call, searchOf } from "../api/call.ts";
import { usePages } from "../api/reading.ts";
import { Badge, Status } from "../parts/badge.tsx";
import { Field } from "../parts/field.tsx";
import { Id } from "../parts/link.tsx";
import { Time, grouped } from "../parts/moment.tsx";
import { PageHead, Panel } from "../parts/page.tsx";
import { Empty, ProblemBox, ReadPages } from "../parts/problem.tsx";
import { Breaking } from "../parts/said.tsx";
import { More, Table } from "../parts/table.tsx";
import { may } from "../shell/session.ts";

const NAMES = ["author", "action", "on"] as const;

export function AuditPage() {
  const { query, route } = useLocation();
  const asked = Object.fromEntries(NAMES.map((name) => [name, query[name]]));
  const entries = usePages<AuditEntry>("audit", asked);
  return (
    <>
      <PageHead
        title="Audit"
        about={
          may("admin")
            ? "What everybody did. Nothing can be taken out."
            : "What you did, and what concerns you."
        }
      >
        {may("admin") && <Verify />}
      </PageHead>
      <div class="stack">
        <Narrow key={JSON.stringify(asked)} asked={asked} ask={(next) => route(`/audit${searchOf(next)}`)} />
        <Panel title="What was done" bare>
          <ReadPages of={entries} lines={12}>
            {(items) =>
              items.length === 0 ? (
                <Empty title="Nothing of the kind was done" />
              ) : (
                <Table
                  label="Audit trail, newest first"
                  rows={items}
                  keyOf={({ id }) => id}
                  columns={[
                    { head: "When", cell: ({ at }) => <Time at={at} /> },
                    {
                      head: "Who",
                      cell: ({ author, impersonator }) => (
                        <span class="break">
                          {author}
                          {impersonator !== undefined && (
                            <>
                              {" "}
                              <Badge tone="warn" bare>
                                by {impersonator}
                              </Badge>
                            </>
                          )}
                        </span>
                      ),
                    },
                    {
                      head: "Did",
                      cell: ({ action, status }) => (
                        <span>
                          <code>
                            <Breaking text={action} />
                          </code>{" "}
                          {status !== undefined && status >= 400 && (
                            <span title="It was refused">
                              <Status status={status} />
                            </span>
                          )}
                        </span>
                      ),
                    },
                    { head: "On", cell: ({ on }) => on !== undefined && <On id={on} /> },
                    {
                      head: "Detail",
                      wide: true,
                      cell: ({ detail }) => detail && <span class="break">{detail}</span>,
                    },
                    { head: "From", cell: ({ address }) => <code>{address}</code> },
                  ]}
                />
              )
            }
          </ReadPages>
          <More of={entries} />
        </Panel>
      </div>
    </>
  );
}

function On({ id }: { readonly id: string }) {
  const place = /^evt_\w+$/.test(id)
    ? `/events/${id}`
    : /^dlv_\w+$/.test(id)
      ? `/deliveries/${id}`
      : undefined;
  return <Id id={id} short {...(place !== undefined && { href: place })} />;
}

function Narrow(props: {
  readonly asked: Readonly<Record<string, string | undefined>>;
  readonly ask: (next: Record<string, string>) => void;
}) {
  const [author, setAuthor] = useState(props.asked["author"] ?? "");
  const [action, setAction] = useState(props.asked["action"] ?? "");
  const [on, setOn] = useState(props.asked["on"] ?? "");
  return (
    <form
      class="filters"
      role="search"
      aria-label="Narrow the audit trail"
      onSubmit={(event) => {
        event.preventDefault();
        props.ask({ author: author.trim(), action: action.trim(), on: on.trim() });
      }}
    >
      <Field label="Who" value={author} change={setAuthor} placeholder="name or id" maxLength={100} />
      <Field
        label="Did"
        value={action}
        change={setAction}
        placeholder="target.paused, or target"
        maxLength={100}
      />
      <Field label="On" value={on} change={setOn} placeholder="target, person, delivery …" maxLength={200} />
      <div class="row">
        <button type="submit" class="button">
          Narrow
        </button>
        {Object.values(props.asked).some((value) => value !== undefined) && (
          <a class="button plain" href="/audit">
            Clear
          </a>
        )}
      </div>
    </form>
  );
}

/** Goes along the chain of hashes. */
function Verify() {
  const acting = useActing();
  const [told, setTold] = useState<{ entries: number; whole: boolean; broken?: string } | undefined>();
  return (
    <>
      {acting.problem && <ProblemBox problem={acting.problem} />}
      {told !== undefined && (
        <span role="status">
          {told.whole ? (
            <Badge tone="good">whole: {grouped(told.entries)} entries</Badge>
          ) : (
            <Badge tone="bad">broken at {told.broken}</Badge>
          )}
        </span>
      )}
      <button
        type="button"
        class="button"
        disabled={acting.busy}
        onClick={() => void acting.act(async () => setTold(await call("GET", "audit/verify")))}
      >
        Is the trail whole?
      </button>
    </>
  );
}

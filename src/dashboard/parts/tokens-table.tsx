/** API tokens as a table, and the form that makes one; the secret is shown once. */
import { useState } from "preact/hooks";
import type { Token } from "../../admin/shapes/people.ts";
import type { Scope } from "../../core/role.ts";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { Badge } from "./badge.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, Tick } from "./field.tsx";
import { Time } from "./moment.tsx";
import { Once } from "./once.tsx";
import { Empty, ProblemBox } from "./problem.tsx";
import { Sure } from "./sure.tsx";
import { Table } from "./table.tsx";

const DAY_MS = 86_400_000;

/** What each scope allows. */
const SCOPE_WORDS: readonly (readonly [Scope, string])[] = [
  ["read", "look at everything but secrets"],
  ["author", "try rules"],
  ["operate", "replay, discard, pause"],
  ["admin", "people, tokens, settings"],
];

export function TokensTable(props: {
  readonly label: string;
  readonly tokens: readonly Token[];
  /** Where they are: `tokens`, `users/:id/impersonation_tokens`. */
  readonly path: string;
  readonly changed: () => void;
  readonly mayRevoke: boolean;
}) {
  if (props.tokens.length === 0) return <Empty title="No tokens" />;
  return (
    <Table
      label={props.label}
      rows={props.tokens}
      keyOf={({ id }) => id}
      columns={[
        {
          head: "Name",
          cell: ({ name }) => <strong class="break">{name}</strong>,
          below: ({ description, reason, created_by }) => (
            <div class="dim small break">
              {[reason, description, created_by && `made by ${created_by}`].filter(Boolean).join(" · ")}
            </div>
          ),
        },
        { head: "Scopes", cell: ({ scopes }) => scopes.join(", ") },
        {
          head: "State",
          cell: ({ active, revoked }) =>
            active ? (
              <Badge tone="good">active</Badge>
            ) : (
              <Badge tone="calm">{revoked ? "revoked" : "expired"}</Badge>
            ),
        },
        { head: "Expires", end: true, cell: ({ expires_at }) => <Time at={expires_at} /> },
        {
          head: "Last used",
          end: true,
          cell: ({ last_used_at }) => (last_used_at === null ? "never" : <Time at={last_used_at} />),
        },
        { head: "Made", end: true, cell: ({ created_at }) => <Time at={created_at} /> },
        {
          head: "Revoke",
          end: true,
          cell: ({ id, name, active }) =>
            active && props.mayRevoke ? (
              <Sure
                verb="Revoke"
                title={`Revoke ${name}`}
                about={<p>It stops working at once, and cannot be brought back.</p>}
                danger
                small
                act={async () => {
                  await call("DELETE", `${props.path}/${encodeURIComponent(id)}`);
                  props.changed();
                }}
              />
            ) : null,
        },
      ]}
    />
  );
}

/** Asks what the token may do and how long, makes it, and shows its secret once. */
export function NewToken(props: {
  readonly title: string;
  readonly path: string;
  /** What it can be given at most. */
  readonly scopes: readonly Scope[];
  readonly longestDays: number;
  /** Why it is needed is asked for, where somebody else's name is used. */
  readonly asksReason: boolean;
  readonly close: () => void;
}) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [reason, setReason] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["read"]);
  const [expires, setExpires] = useState(() => dayAfter(Math.min(30, props.longestDays)));
  const [made, setMade] = useState<Token | undefined>();
  const acting = useActing();
  if (made !== undefined) {
    return (
      <Dialog title={`Token ${made.name}`} close={props.close}>
        <Once
          what="Token"
          secret={made.token ?? ""}
          about="Put it where it is used now: only its hash is kept. Send it as `authorization: Bearer …`, never in a URL."
        />
        <div class="actions">
          <button type="button" class="button primary" onClick={props.close}>
            Done
          </button>
        </div>
      </Dialog>
    );
  }
  const make = async (): Promise<void> => {
    const body = {
      name: name.trim(),
      scopes,
      expires_at: expires,
      ...(description.trim() !== "" && { description: description.trim() }),
      ...(props.asksReason && { reason: reason.trim() }),
    };
    setMade(await call<Token>("POST", props.path, { body }));
  };
  return (
    <Dialog title={props.title} close={props.close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void acting.act(make);
        }}
      >
        <Field label="Name" hint="What uses it." value={name} change={setName} required maxLength={100} />
        {props.asksReason ? (
          <Field
            label="Reason"
            hint="The person sees it, and it stays in the audit trail."
            value={reason}
            change={setReason}
            required
            minLength={3}
            maxLength={500}
          />
        ) : (
          <Field label="Description" value={description} change={setDescription} maxLength={255} />
        )}
        <fieldset>
          <legend>What it may do</legend>
          {SCOPE_WORDS.filter(([scope]) => props.scopes.includes(scope)).map(([scope, words]) => (
            <Tick
              key={scope}
              label={
                <>
                  <code>{scope}</code>: {words}
                </>
              }
              on={scopes.includes(scope)}
              change={(on) => setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))}
            />
          ))}
        </fieldset>
        <Field
          label="Expires on"
          type="date"
          hint={`At most ${props.longestDays} days from now.`}
          value={expires}
          change={setExpires}
          required
        />
        {acting.problem && <ProblemBox problem={acting.problem} />}
        <div class="actions">
          <button type="button" class="button" onClick={props.close}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={acting.busy || scopes.length === 0}>
            Make the token
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function dayAfter(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}

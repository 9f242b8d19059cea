/** Everybody with an account, for admins; who is new gets a link, so that no admin knows a password. */
import { useState } from "preact/hooks";
import type { User } from "../../admin/shapes/people.ts";
import type { Role } from "../../core/role.ts";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Badge } from "../parts/badge.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Choice, Field } from "../parts/field.tsx";
import { Time } from "../parts/moment.tsx";
import { PageHead, Panel } from "../parts/page.tsx";
import { ProblemBox, Read } from "../parts/problem.tsx";
import { Once } from "../parts/once.tsx";
import { Table } from "../parts/table.tsx";
import { may } from "../shell/session.ts";

/** A person with what only some answers hold. */
export type Shown = User & { readonly invited?: boolean; readonly invite?: string };

/** Roles with what each may do. */
export const ROLE_WORDS: readonly (readonly [Role, string])[] = [
  ["viewer", "viewer: looks at everything but secrets"],
  ["author", "author: also tries rules"],
  ["operator", "operator: also replays, discards, pauses"],
  ["admin", "admin: also people, tokens, settings"],
];

export function PeoplePage() {
  const people = useReading<{ items: Shown[] }>("users");
  const [asks, setAsks] = useState(false);
  return (
    <>
      <PageHead title="People" about="Who may come in, and what each may do.">
        {may("admin") && (
          <button type="button" class="button primary" onClick={() => setAsks(true)}>
            Invite somebody…
          </button>
        )}
      </PageHead>
      <Panel title="Everybody with an account" bare>
        <Read of={people} lines={6}>
          {({ items }) => (
            <Table
              label="People"
              rows={items}
              keyOf={({ id }) => id}
              href={({ id }) => `/people/${encodeURIComponent(id)}`}
              columns={[
                { head: "Name", cell: ({ name }) => <strong class="break">{name}</strong> },
                { head: "Role", cell: ({ role }) => role },
                { head: "State", cell: (person) => <PersonState {...person} /> },
                { head: "Logs in by", cell: ({ oidc, totp }) => logsInBy(oidc, totp) },
                {
                  head: "Last log-in",
                  end: true,
                  cell: ({ last_login_at }) =>
                    last_login_at === undefined ? "never" : <Time at={last_login_at} />,
                },
                { head: "Since", end: true, cell: ({ created_at }) => <Time at={created_at} /> },
              ]}
            />
          )}
        </Read>
      </Panel>
      {asks && (
        <Invite
          close={() => {
            setAsks(false);
            people.again();
          }}
        />
      )}
    </>
  );
}

/** Whether a person may come in. */
export function PersonState({ blocked, invited }: Pick<Shown, "blocked" | "invited">) {
  if (blocked) return <Badge tone="bad">blocked</Badge>;
  if (invited === true) return <Badge tone="note">invited</Badge>;
  return <Badge tone="good">active</Badge>;
}

/** How a person proves who he is. */
export function logsInBy(oidc: boolean, totp: boolean): string {
  if (oidc) return "identity provider";
  return totp ? "password and one-time code" : "password";
}

function Invite({ close }: { readonly close: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("viewer");
  const [made, setMade] = useState<Shown | undefined>();
  const acting = useActing();
  if (made !== undefined) {
    return (
      <Dialog title={`${made.name} can come in`} close={close}>
        <Once
          what="Invitation"
          secret={made.invite ?? ""}
          about="Give this link to the person over a channel that you trust. It works once, for seven days, and is not shown again."
        />
        <div class="actions">
          <button type="button" class="button primary" onClick={close}>
            Done
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Invite somebody" close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void acting.act(async () =>
            setMade(await call<Shown>("POST", "users", { body: { name: name.trim(), role } })),
          );
        }}
      >
        <Field
          label="Name"
          hint="The person logs in with it."
          value={name}
          change={setName}
          required
          maxLength={64}
        />
        <Choice label="Role" value={role} change={setRole} of={ROLE_WORDS} />
        {acting.problem && <ProblemBox problem={acting.problem} />}
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={acting.busy}>
            Make the link
          </button>
        </div>
      </form>
    </Dialog>
  );
}

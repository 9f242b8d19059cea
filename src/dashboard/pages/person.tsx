/** One person, for admins: role, access, sessions, and the tokens by which admins act as this person. */
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import type { Token } from "../../admin/shapes/people.ts";
import type { Role, Scope } from "../../core/role.ts";
import { useActing } from "../api/acting.ts";
import { call, searchOf } from "../api/call.ts";
import { useReading, type Reading } from "../api/reading.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Choice } from "../parts/field.tsx";
import { Time } from "../parts/moment.tsx";
import { Once } from "../parts/once.tsx";
import { Facts, PageHead, Panel } from "../parts/page.tsx";
import { ProblemBox, Read } from "../parts/problem.tsx";
import { Sure } from "../parts/sure.tsx";
import { NewToken, TokensTable } from "../parts/tokens-table.tsx";
import { tell } from "../shell/notices.tsx";
import { me } from "../shell/session.ts";
import { PersonState, ROLE_WORDS, logsInBy, type Shown } from "./people.tsx";

const LONGEST_DAYS = 30;

/** What each role may do; the server decides, this is what the form offers. */
const SCOPES_OF: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: ["read"],
  author: ["read", "author"],
  operator: ["read", "author", "operate"],
  admin: ["read", "author", "operate", "admin"],
};

export function PersonPage() {
  const id = useRoute().params["id"] ?? "";
  const path = `users/${encodeURIComponent(id)}`;
  const person = useReading<Shown>(path);
  return (
    <>
      <PageHead title={person.value?.name ?? "Person"} about="Person">
        <a class="button" href={`/audit${searchOf({ author: person.value?.name })}`}>
          What was done
        </a>
      </PageHead>
      <Read of={person} lines={14}>
        {(shown) => (
          <div class="stack">
            <div class="columns">
              <Account person={shown} />
              <Access person={shown} path={path} read={person} />
            </div>
            <Impersonation person={shown} path={path} />
          </div>
        )}
      </Read>
    </>
  );
}

function Account({ person }: { readonly person: Shown }) {
  return (
    <Panel title="Account">
      <Facts
        of={[
          ["State", <PersonState key="state" {...person} />],
          ["Role", person.role],
          ["Logs in by", logsInBy(person.oidc, person.totp)],
          [
            "Last log-in",
            person.last_login_at === undefined ? "never" : <Time key="last" at={person.last_login_at} />,
          ],
          ["Since", <Time key="since" at={person.created_at} full />],
          ["Id", <code key="id">{person.id}</code>],
        ]}
      />
    </Panel>
  );
}

function Access({
  person,
  path,
  read,
}: {
  readonly person: Shown;
  readonly path: string;
  readonly read: Reading<Shown>;
}) {
  const { route } = useLocation();
  const acting = useActing();
  const [link, setLink] = useState<string | undefined>();
  const self = me()?.id === person.id;
  const change = async (body: object): Promise<void> => {
    await call("PATCH", path, { body });
    read.again();
  };
  return (
    <Panel title="Access">
      <div class="form">
        <Choice
          label="Role"
          hint="A change ends the person's sessions."
          value={person.role}
          change={(role) => void acting.act(() => change({ role }))}
          of={ROLE_WORDS}
        />
        {acting.problem && <ProblemBox problem={acting.problem} />}
        <div class="row">
          {person.blocked ? (
            <button
              type="button"
              class="button"
              disabled={acting.busy}
              onClick={() => void acting.act(() => change({ blocked: false }))}
            >
              Unblock
            </button>
          ) : (
            <Sure
              verb="Block"
              title={`Block ${person.name}`}
              about={<p>All sessions end and all tokens stop at once, until somebody unblocks the person.</p>}
              danger
              act={() => change({ blocked: true })}
            />
          )}
          <Sure
            verb="End all sessions"
            title={`End all sessions of ${person.name}`}
            about={
              <p>
                {self
                  ? "You are logged out everywhere, here too."
                  : "The person has to log in again everywhere."}
              </p>
            }
            act={async () => {
              await call("DELETE", `${path}/sessions`);
              tell("All sessions have ended.");
              read.again();
            }}
          />
          {person.totp && (
            <Sure
              verb="Remove one-time codes"
              title={`Remove the one-time codes of ${person.name}`}
              about={
                <p>
                  For somebody who has lost the authenticator: the password alone is enough until new ones are
                  set up.
                </p>
              }
              danger
              act={async () => {
                await call("DELETE", `${path}/totp`);
                read.again();
              }}
            />
          )}
          {!person.oidc && (
            <Sure
              verb="New link"
              title={`A new link for ${person.name}`}
              about={<p>The person sets a new password by it. A link from before stops working.</p>}
              act={async () => {
                const { invite } = await call<Shown>("POST", `${path}/invite`);
                setLink(invite);
                read.again();
              }}
            />
          )}
          <Sure
            verb="Remove"
            title={`Remove ${person.name}`}
            about={
              <p>
                The account goes with all its tokens and sessions. What was done stays in the audit trail.
              </p>
            }
            danger
            act={async () => {
              await call("DELETE", path);
              tell(`${person.name} is removed.`);
              route("/people", true);
            }}
          />
        </div>
      </div>
      {link !== undefined && (
        <Dialog title={`A new link for ${person.name}`} close={() => setLink(undefined)}>
          <Once
            what="Link"
            secret={link}
            about="Give it to the person over a channel that you trust. It works once, for seven days, and is not shown again."
          />
        </Dialog>
      )}
    </Panel>
  );
}

function Impersonation({ person, path }: { readonly person: Shown; readonly path: string }) {
  const tokens = useReading<{ items: Token[] }>(`${path}/impersonation_tokens`, { query: { state: "all" } });
  const [asks, setAsks] = useState(false);
  const lower = person.role !== "admin";
  const acts = me()?.impersonator === undefined;
  return (
    <Panel
      title="Impersonation tokens"
      aside={
        lower &&
        acts && (
          <button type="button" class="button small" onClick={() => setAsks(true)}>
            New impersonation token…
          </button>
        )
      }
      bare
    >
      <p class="dim small" style={{ padding: "10px 14px 0" }}>
        {lower
          ? "By such a token an admin acts as this person: at the page (a banner says so) or by the API. Each act is written down under both names."
          : "Nobody acts as an admin: tokens can be made for lower roles alone."}
      </p>
      <Read of={tokens} lines={3}>
        {({ items }) => (
          <TokensTable
            label="Impersonation tokens"
            tokens={items}
            path={`${path}/impersonation_tokens`}
            changed={tokens.again}
            mayRevoke
          />
        )}
      </Read>
      {asks && (
        <NewToken
          title={`Act as ${person.name}`}
          path={`${path}/impersonation_tokens`}
          scopes={SCOPES_OF[person.role]}
          longestDays={LONGEST_DAYS}
          asksReason
          close={() => {
            setAsks(false);
            tokens.again();
          }}
        />
      )}
    </Panel>
  );
}

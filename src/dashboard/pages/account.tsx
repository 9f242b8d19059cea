/** The own account: who one is here, password, one-time codes, and API tokens. */
import { useState } from "preact/hooks";
import type { Me, Token } from "../../admin/shapes/people.ts";
import { call } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { ActingForm } from "../parts/acting-form.tsx";
import { Badge } from "../parts/badge.tsx";
import { Field } from "../parts/field.tsx";
import { Facts, PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { NewToken, TokensTable } from "../parts/tokens-table.tsx";
import { chooseTheme, chooseZone, theme, zone } from "../shell/choices.ts";
import { tell } from "../shell/notices.tsx";
import { logOut, me, readSession } from "../shell/session.ts";
import { OneTimeCodes } from "./account-totp.tsx";

export function AccountPage() {
  const person = me();
  if (person === undefined) return null;
  const own = person.kind === "session" && person.impersonator === undefined;
  return (
    <>
      <PageHead title="Your account" about={`${person.name}, ${person.role}`}>
        {person.kind === "session" && (
          <button type="button" class="button" onClick={() => void logOut()}>
            Log out
          </button>
        )}
      </PageHead>
      <div class="stack">
        <div class="columns">
          <WhoYouAre person={person} />
          <Choices />
          {own && <Password />}
          {own && <OneTimeCodes on={person.totp} />}
        </div>
        {own ? (
          <Tokens person={person} />
        ) : (
          <Panel title="Credentials">
            <Empty title="Not from here">
              <p>
                Password, one-time codes and tokens are changed by the person alone, logged in at the page.
              </p>
            </Empty>
          </Panel>
        )}
      </div>
    </>
  );
}

function WhoYouAre({ person }: { readonly person: Me }) {
  return (
    <Panel title="Who you are here">
      <Facts
        of={[
          ["Name", person.name],
          ["Role", person.role],
          ["May", person.scopes.join(", ")],
          ["Acting for you", person.impersonator?.name],
          [
            "Known by",
            person.kind === "session" ? "this session" : person.kind === "token" ? "a token" : "this machine",
          ],
          ["Environment", person.environment],
        ]}
      />
    </Panel>
  );
}

function Choices() {
  return (
    <Panel title="This browser">
      <div class="form">
        <fieldset>
          <legend>Theme</legend>
          {(["system", "light", "dark"] as const).map((one) => (
            <label key={one} class="choice">
              <input
                type="radio"
                name="theme"
                checked={theme.value === one}
                onChange={() => chooseTheme(one)}
              />{" "}
              {one}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>Exact times</legend>
          {(["local", "UTC"] as const).map((one) => (
            <label key={one} class="choice">
              <input type="radio" name="zone" checked={zone.value === one} onChange={() => chooseZone(one)} />{" "}
              {one === "local" ? "in this browser's zone" : "in UTC"}
            </label>
          ))}
        </fieldset>
      </div>
    </Panel>
  );
}

function Password() {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [twice, setTwice] = useState("");
  const differ = twice !== "" && twice !== fresh;
  return (
    <Panel title="Password">
      <ActingForm
        verb="Change the password"
        unfit={differ}
        act={async () => {
          await call("POST", "me/password", { body: { old, new: fresh } });
          // It began a new session: what changes must carry is another one now.
          await readSession();
          [setOld, setFresh, setTwice].forEach((set) => set(""));
          tell("The password is changed; all other sessions have ended.");
        }}
      >
        <Field
          label="Present password"
          type="password"
          value={old}
          change={setOld}
          autoComplete="current-password"
          required
        />
        <Field
          label="New password"
          type="password"
          hint="At least 12 characters."
          value={fresh}
          change={setFresh}
          autoComplete="new-password"
          minLength={12}
          maxLength={256}
          required
        />
        <Field
          label="New password again"
          type="password"
          value={twice}
          change={setTwice}
          autoComplete="new-password"
          error={differ ? "The two differ." : undefined}
          required
        />
      </ActingForm>
    </Panel>
  );
}

function Tokens({ person }: { readonly person: Me }) {
  const tokens = useReading<{ items: Token[] }>("tokens", { query: { state: "all" } });
  const [asks, setAsks] = useState(false);
  const active = tokens.value?.items.filter((token) => token.active).length;
  return (
    <Panel
      title="API tokens"
      aside={
        <span class="row">
          {active !== undefined && <Badge tone="calm">{active} active</Badge>}
          <button type="button" class="button small" onClick={() => setAsks(true)}>
            New token…
          </button>
        </span>
      }
      bare
    >
      <Read of={tokens} lines={4}>
        {({ items }) => (
          <TokensTable label="Your tokens" tokens={items} path="tokens" changed={tokens.again} mayRevoke />
        )}
      </Read>
      {asks && (
        <NewToken
          title="New token"
          path="tokens"
          scopes={person.scopes}
          longestDays={365}
          asksReason={false}
          close={() => {
            setAsks(false);
            tokens.again();
          }}
        />
      )}
    </Panel>
  );
}

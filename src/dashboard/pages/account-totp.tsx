/** One-time codes: set up by a QR code that is drawn here, confirmed by a code, removed by the password. */
import { useState } from "preact/hooks";
import { call } from "../api/call.ts";
import { ActingForm } from "../parts/acting-form.tsx";
import { Badge } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { Field } from "../parts/field.tsx";
import { Panel } from "../parts/page.tsx";
import { Qr } from "../parts/qr.tsx";
import { tell } from "../shell/notices.tsx";
import { readSession } from "../shell/session.ts";

interface Begun {
  readonly secret: string;
  readonly uri: string;
}

export function OneTimeCodes({ on }: { readonly on: boolean }) {
  const [begun, setBegun] = useState<Begun | undefined>();
  return (
    <Panel title="One-time codes" aside={on ? <Badge tone="good">on</Badge> : <Badge tone="calm">off</Badge>}>
      {on ? (
        <Removing />
      ) : begun === undefined ? (
        <Beginning begin={setBegun} />
      ) : (
        <Confirming begun={begun} />
      )}
    </Panel>
  );
}

function Beginning({ begin }: { readonly begin: (begun: Begun) => void }) {
  return (
    <ActingForm verb="Set up" act={async () => begin(await call<Begun>("POST", "me/totp"))}>
      <p>
        With them, the log-in asks for six digits of an authenticator too: a password that was found out is
        not enough any more.
      </p>
    </ActingForm>
  );
}

function Confirming({ begun }: { readonly begun: Begun }) {
  const [code, setCode] = useState("");
  return (
    <ActingForm
      verb="Turn on"
      tone="primary"
      act={async () => {
        await call("POST", "me/totp/confirm", { body: { code: code.replace(/\s/g, "") } });
        tell("One-time codes are on.");
        await readSession();
      }}
    >
      <p>Scan this with an authenticator, or type the secret into it; then enter the code that it shows.</p>
      <Qr text={begun.uri} label="QR code of the secret, for an authenticator" />
      <span class="row">
        <code class="break" data-test="secret">
          {begun.secret}
        </code>
        <Copy text={begun.secret} what="Copied the secret" />
      </span>
      <Field
        label="Code"
        value={code}
        change={setCode}
        autoComplete="one-time-code"
        inputMode="numeric"
        maxLength={20}
        required
      />
    </ActingForm>
  );
}

function Removing() {
  const [password, setPassword] = useState("");
  return (
    <ActingForm
      verb="Turn off"
      tone="danger"
      act={async () => {
        await call("DELETE", "me/totp", { body: { password } });
        tell("One-time codes are off.");
        await readSession();
      }}
    >
      <p>The log-in asks for a code of your authenticator.</p>
      <Field
        label="Password, to turn them off"
        type="password"
        value={password}
        change={setPassword}
        autoComplete="current-password"
        required
      />
    </ActingForm>
  );
}

/** Logging in: by name and password (and a one-time code), or by the identity provider. The address that was asked for stays. */
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useActing } from "../api/acting.ts";
import { CallFailure, call } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Field } from "../parts/field.tsx";
import { ProblemBox } from "../parts/problem.tsx";
import { readSession } from "../shell/session.ts";
import { asked, leave } from "../shell/way-back.ts";

export function LogIn() {
  const { path, route } = useLocation();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const [token, setToken] = useState<string | undefined>();
  const ways = useReading<{ oidc: boolean; setup: boolean }>("session/ways").value;
  const acting = useActing();
  useEffect(() => {
    document.title = "Log in · Signalbox";
  }, []);
  const enter = async (): Promise<void> => {
    const body =
      token === undefined
        ? { name: name.trim(), password, ...(code !== "" && { totp: code.replace(/\s/g, "") }) }
        : { token: token.trim() };
    try {
      await call("POST", "session", { body });
    } catch (error) {
      if (error instanceof CallFailure && /TOTP/.test(error.problem.code)) setAsksCode(true);
      throw error;
    }
    await readSession();
    // Where it leads back to another page, the door does that.
    if (path === "/login" && asked(location.search) === undefined) route("/", true);
  };
  return (
    <section class="panel">
      <form
        class="inside form"
        onSubmit={(event) => {
          event.preventDefault();
          void acting.act(enter);
        }}
      >
        <h1>Log in</h1>
        {token === undefined ? (
          <>
            <Field
              label="Name"
              value={name}
              change={setName}
              autoComplete="username"
              required
              maxLength={300}
            />
            <Field
              label="Password"
              type="password"
              value={password}
              change={setPassword}
              autoComplete="current-password"
              required
              maxLength={1024}
            />
            {asksCode && (
              <Field
                label="One-time code"
                hint="Six digits, from your authenticator."
                value={code}
                change={setCode}
                autoComplete="one-time-code"
                inputMode="numeric"
                maxLength={20}
              />
            )}
          </>
        ) : (
          <Field
            label="Impersonation token"
            type="password"
            hint="An admin's token to act as somebody else. Every act is written down under both names."
            value={token}
            change={setToken}
            required
            maxLength={300}
          />
        )}
        {acting.problem && <ProblemBox problem={acting.problem} />}
        <button type="submit" class="button primary" disabled={acting.busy}>
          {acting.busy ? "Checking…" : "Log in"}
        </button>
        {ways?.oidc === true && (
          <a class="button" href="/api/v1/oidc/start" onClick={leave}>
            Log in by the identity provider
          </a>
        )}
        <div class="row small">
          {token === undefined && !asksCode && (
            <button type="button" class="button plain small" onClick={() => setAsksCode(true)}>
              I have a one-time code
            </button>
          )}
          <button
            type="button"
            class="button plain small"
            onClick={() => setToken(token === undefined ? "" : undefined)}
          >
            {token === undefined ? "Use an impersonation token" : "Use name and password"}
          </button>
        </div>
        {ways?.setup === true && (
          <p class="small dim">
            Nobody has an account yet: the router prints a set-up link when it starts. Open that link.
          </p>
        )}
      </form>
    </section>
  );
}

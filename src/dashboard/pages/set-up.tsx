/** The first admin by the set-up link, and further people by their invitation: both hold a token in the fragment, which no server sees. */
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { Field } from "../parts/field.tsx";
import { ProblemBox } from "../parts/problem.tsx";
import { readSession } from "../shell/session.ts";

/** Shortest password that the router takes. */
const SHORTEST = 12;

/** The page of the set-up link. */
export function SetUp() {
  return (
    <Joining
      title="Set up this router"
      about="You become its first admin. The link works once, and until the router starts again."
      path="setup"
      asksName
      verb="Create the account"
    />
  );
}

/** The page of an invitation. */
export function Invitation() {
  return (
    <Joining
      title="Choose your password"
      about="An admin has made an account for you. The link works once."
      path="invite"
      asksName={false}
      verb="Set the password and log in"
    />
  );
}

function Joining(props: {
  readonly title: string;
  readonly about: string;
  readonly path: string;
  readonly asksName: boolean;
  readonly verb: string;
}) {
  const { route } = useLocation();
  const [token] = useState(() => location.hash.slice(1));
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [twice, setTwice] = useState("");
  const acting = useActing();
  useEffect(() => {
    document.title = `${props.title} · Signalbox`;
    // The token is held here alone from now on: not in the history, not in a screenshot of the address bar.
    if (location.hash !== "") history.replaceState(null, "", location.pathname);
  }, []);
  const differ = twice !== "" && twice !== password;
  if (token === "") {
    return (
      <section class="panel">
        <div class="inside form">
          <h1>{props.title}</h1>
          <p>
            This link is not whole: the part behind the # is missing. Copy it again from where it was shown.
          </p>
          <a href="/">To the log-in</a>
        </div>
      </section>
    );
  }
  return (
    <section class="panel">
      <form
        class="inside form"
        onSubmit={(event) => {
          event.preventDefault();
          if (differ) return;
          void acting.act(async () => {
            const body = { token, password, ...(props.asksName && { name: name.trim() }) };
            await call("POST", props.path, { body });
            await readSession();
            route("/", true);
          });
        }}
      >
        <h1>{props.title}</h1>
        <p class="dim">{props.about}</p>
        {props.asksName && (
          <Field
            label="Your name"
            value={name}
            change={setName}
            autoComplete="username"
            required
            maxLength={100}
          />
        )}
        <Field
          label="Password"
          type="password"
          hint={`At least ${SHORTEST} characters; a few words are better than one with signs.`}
          value={password}
          change={setPassword}
          autoComplete="new-password"
          minLength={SHORTEST}
          maxLength={256}
          required
        />
        <Field
          label="Password again"
          type="password"
          value={twice}
          change={setTwice}
          autoComplete="new-password"
          maxLength={256}
          required
          error={differ ? "The two differ." : undefined}
        />
        {acting.problem && <ProblemBox problem={acting.problem} />}
        <button type="submit" class="button primary" disabled={acting.busy || differ}>
          {acting.busy ? "Working…" : props.verb}
        </button>
      </form>
    </section>
  );
}

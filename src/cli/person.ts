/** Being a person on the command line: what no token may do is done by name and password, in a session that ends with the command. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { call, isOpenLine, reach, refusalOf, send, tell, type Asking, type Reached } from "./ask.ts";
import { standardInput } from "./json-file.ts";
import { EXIT, end, note } from "./print.ts";

/** Options of the commands that a person may have to log in for. */
export interface AsPerson extends Asking {
  /** Name to log in by. */
  readonly as?: string;
  /** One-time code. */
  readonly code?: string;
}

const SESSION = "/api/v1/session";

/**
 * Does something with what shows who one is: with `as` a session, begun by the password that is typed (or stands in the first
 * line of standard input) and ended whatever comes of it; without, as all commands do. Undefined with the reason told.
 */
export async function asPerson<T>(
  options: AsPerson,
  act: (reached: Reached) => Promise<T | undefined>,
): Promise<T | undefined> {
  const reached = await reach(options);
  if (reached === undefined) return undefined;
  const { as: name } = options;
  if (name === undefined) return act(reached);
  if (isOpenLine(new URL(reached.base))) {
    note("A password is not sent over plain http, where others can read it: name the router by https.");
    end(EXIT.usage);
    return undefined;
  }
  const session = await logIn({ base: reached.base, headers: {} }, name, options.code);
  if (session === undefined) return undefined;
  try {
    return await act(session);
  } finally {
    await call(session, SESSION, { method: "DELETE", deadlineMs: 10_000 });
  }
}

async function logIn(nobody: Reached, name: string, given: string | undefined): Promise<Reached | undefined> {
  const password = process.stdin.isTTY
    ? await typed(`Password of ${name}: `)
    : firstLine(await standardInput());
  if (password === "") {
    note("A password is needed: type it, or give it as the first line of standard input.");
    end(EXIT.usage);
    return undefined;
  }
  let code = given;
  for (;;) {
    const body = { name, password, ...(code !== undefined && { totp: code }) };
    const response = await send(nobody, SESSION, { method: "POST", body, deadlineMs: 30_000 });
    if (response === undefined) return undefined;
    if (response.ok) return sessionOf(nobody.base, response);
    const refusal = await refusalOf(response);
    if (refusal.code !== "ADMIN_TOTP_NEEDED" || code !== undefined || !process.stdin.isTTY) {
      if (refusal.code === "ADMIN_TOTP_NEEDED") note("Give the one-time code by --code.");
      return tell(refusal, response.status);
    }
    code = await typed("One-time code: ");
  }
}

/** The cookie that came, and what shows that a change is meant. */
async function sessionOf(base: string, response: Response): Promise<Reached | undefined> {
  const cookie = response.headers
    .getSetCookie()
    .map((set) => set.split(";", 1)[0] ?? "")
    .join("; ");
  const who = await call({ base, headers: { cookie } }, SESSION, { deadlineMs: 30_000 });
  const { csrf = "" } = ((await who?.json()) ?? {}) as { readonly csrf?: string };
  return who && { base, headers: { cookie, "x-csrf-token": csrf } };
}

function firstLine(bytes: Buffer): string {
  return bytes.toString("utf8").split(/\r?\n/, 1)[0] ?? "";
}

/** What is typed at the terminal; it is not shown. */
async function typed(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(prompt);
  try {
    return await reader.question("");
  } finally {
    reader.close();
    note("");
  }
}

/** Asking a router, this machine's or a remote one, over its operator's API. */
import type { Command } from "commander";
import { EXIT, end, note } from "./print.ts";
import { findRunning } from "./running.ts";
import { settingsOf, type Common } from "./options.ts";

/** Options of the commands that ask a running router. */
export interface Asking extends Common {
  readonly url?: string;
  /** The former name of `--url`. */
  readonly admin?: string;
  readonly token?: string;
  readonly json?: boolean;
}

/** Adds the options by which a router is named and shown to. */
export function asks(command: Command, json = "print the API's answer"): Command {
  return command
    .option(
      "--url <url>",
      "the operator's side of the router; SIGNALBOX_URL, by default the one that runs on the data folder",
    )
    .option(
      "--token <token>",
      "an API token; better in SIGNALBOX_TOKEN, since other users of this machine can see arguments",
    )
    .option("--admin <url>", "the same as --url")
    .option("--json", json);
}

/** Where to ask, and what to show there. */
export interface Reached {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The router that is meant; undefined where it is named wrongly, with the reason told. The note's token goes to its own router alone. */
export async function reach(options: Asking): Promise<Reached | undefined> {
  const given = options.url ?? options.admin ?? nonEmpty(process.env["SIGNALBOX_URL"]);
  const own = options.token ?? nonEmpty(process.env["SIGNALBOX_TOKEN"]);
  if (own !== undefined && !/^[\x21-\x7e]+$/.test(own)) return refuse("The token holds what no token holds.");
  if (given === undefined) {
    const settings = settingsOf(options);
    const running = await findRunning(settings.dataDir);
    const base = running?.admin ?? `http://${settings.adminHost}:${settings.adminPort}`;
    return { base, headers: headersOf(own ?? running?.token) };
  }
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return refuse("The router's URL must be one of http(s), such as https://hooks.example:8081.");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    return refuse(
      "The router's URL must hold no user, password or query; a token goes into SIGNALBOX_TOKEN.",
    );
  if (own !== undefined && isOpenLine(url))
    note("warning: the token goes over plain http, where others can read it.");
  return { base: url.href.replace(/\/+$/, ""), headers: headersOf(own) };
}

/** True where others on the way can read what is sent. */
export function isOpenLine({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function refuse(why: string): undefined {
  note(why);
  end(EXIT.usage);
  return undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

function headersOf(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** The answer's JSON, or undefined with the reason told on standard error and the exit code set. */
export async function ask<T>(
  options: Asking,
  path: string,
  method: Method = "GET",
  body?: unknown,
): Promise<T | undefined> {
  const reached = await reach(options);
  return reached && askThere<T>(reached, path, method, body);
}

/** The same of a router that has been found already. */
export async function askThere<T>(
  reached: Reached,
  path: string,
  method: Method = "GET",
  body?: unknown,
): Promise<T | undefined> {
  const response = await call(reached, path, { method, body, deadlineMs: 30_000 });
  if (response === undefined) return undefined;
  if (response.status === 204) return {} as T;
  const answer = (await response.json().catch(() => undefined)) as T | undefined;
  if (answer !== undefined) return answer;
  note(`What answers at ${reached.base} is no router.`);
  end(EXIT.failed);
  return undefined;
}

type Method = "GET" | "POST" | "DELETE";

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly deadlineMs?: number;
}

/** What a router says is wrong, as far as it says it. */
export type Refusal = Partial<Readonly<Record<"code" | "detail" | "fix" | "schema", string>>>;

/** A good response, or undefined with the reason told and the exit code set. */
export async function call(reached: Reached, path: string, asked: Asked = {}): Promise<Response | undefined> {
  const response = await send(reached, path, asked);
  if (response === undefined || response.ok) return response;
  const refusal = await refusalOf(response);
  tell(refusal, response.status);
  if (refusal.code === "ADMIN_LOGIN_NEEDED" && !path.startsWith(PERSONS)) note(HERE);
  return undefined;
}

/** What no token may ask: `signalbox tokens` says itself how to log in. */
const PERSONS = "/api/v1/tokens";
/** The table's fix is written for the page and for programs. */
const HERE =
  "  On the command line: name the router's data folder by SIGNALBOX_DATA_DIR, or give SIGNALBOX_TOKEN.";

/** The response, whatever it says; undefined where there was none, with the reason told and the exit code set. */
export async function send(
  { base, headers }: Reached,
  path: string,
  { method = "GET", body, deadlineMs }: Asked = {},
): Promise<Response | undefined> {
  try {
    return await fetch(`${base}${path}`, {
      method,
      redirect: "manual",
      headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(deadlineMs !== undefined && { signal: AbortSignal.timeout(deadlineMs) }),
    });
  } catch {
    note(`No router answers at ${base}. Start one with \`signalbox start\`, or name it with --url.`);
    end(EXIT.failed);
    return undefined;
  }
}

/** What a response that is not good says. */
export async function refusalOf(response: Response): Promise<Refusal> {
  return (await response.json().catch(() => ({}))) as Refusal;
}

/** Tells a refusal with its fix, and sets the exit code. */
export function tell(
  { code, detail = "The router refused.", fix, schema }: Refusal,
  status: number,
): undefined {
  note([`${code ?? status} ${detail}`, fix, schema].filter(Boolean).join("\n  "));
  end(EXIT.failed);
  return undefined;
}

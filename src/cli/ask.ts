/** Asking a router, this machine's or a remote one, over its operator's API. */
import type { Command } from "commander";
import { EXIT, end, note } from "./print.ts";
import { findRunning } from "./running.ts";
import { settingsOf, type Common } from "./workspace.ts";

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
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (own !== undefined && url.protocol === "http:" && !local)
    note("warning: the token goes over plain http, where others can read it.");
  return { base: url.href.replace(/\/+$/, ""), headers: headersOf(own) };
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
  method: "GET" | "POST" = "GET",
  body?: unknown,
): Promise<T | undefined> {
  const reached = await reach(options);
  const response = reached && (await call(reached, path, { method, body, deadlineMs: 30_000 }));
  if (response === undefined) return undefined;
  if (response.status === 204) return {} as T;
  const answer = (await response.json().catch(() => undefined)) as T | undefined;
  if (answer !== undefined) return answer;
  note(`What answers at ${reached!.base} is no router.`);
  end(EXIT.failed);
  return undefined;
}

/** A good response, or undefined with the reason told and the exit code set. */
export async function call(
  { base, headers }: Reached,
  path: string,
  request: { readonly method?: string; readonly body?: unknown; readonly deadlineMs?: number } = {},
): Promise<Response | undefined> {
  const { method = "GET", body, deadlineMs } = request;
  let response: Response;
  try {
    response = await fetch(`${base}${path}`, {
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
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as Partial<
    Record<"code" | "detail" | "fix" | "schema", string>
  >;
  const { code = String(response.status), detail = "The router refused.", fix, schema } = problem;
  note([`${code} ${detail}`, fix, schema].filter(Boolean).join("\n  "));
  end(EXIT.failed);
  return undefined;
}

/** Asking a running router over its operator's API. */
import type { Command } from "commander";
import { note } from "./print.ts";
import { findRunning } from "./running.ts";
import { settingsOf, type Common } from "./workspace.ts";

/** Options of the commands that ask a running router. */
export interface Asking extends Common {
  readonly admin?: string;
  readonly json?: boolean;
}

/** Help text of `--admin`. */
export const ADMIN_OPTION = [
  "--admin <url>",
  "the operator's side of the router; by default the one that runs on the data folder",
] as const;

/** Adds the options by which a router is named and shown to. */
export function asks(command: Command): Command {
  return command.option(...ADMIN_OPTION).option("--json", "print the API's answer");
}

/** Base URL of the operator's side: as given, as noted in the data folder, else by the settings. */
export async function adminOf(options: Asking): Promise<string> {
  if (options.admin !== undefined) return options.admin.replace(/\/$/, "");
  const settings = settingsOf(options);
  const running = await findRunning(settings.dataDir);
  return running?.admin ?? `http://${settings.adminHost}:${settings.adminPort}`;
}

/** What a command sends to be known: this machine's token, to the router that wrote it down and to no other. */
export async function credentialsOf(options: Asking, base: string): Promise<Record<string, string>> {
  const running = await findRunning(settingsOf(options).dataDir);
  if (running?.token === undefined || running.admin !== base) return {};
  return { authorization: `Bearer ${running.token}` };
}

/** The answer's JSON, or undefined with the reason told on standard error. */
export async function ask<T>(
  options: Asking,
  path: string,
  method: "GET" | "POST" = "GET",
  body?: unknown,
): Promise<T | undefined> {
  const base = await adminOf(options);
  const credentials = await credentialsOf(options, base);
  const given = body === undefined ? {} : { "content-type": "application/json" };
  const request = {
    method,
    headers: { ...credentials, ...given },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  let response: Response;
  try {
    response = await fetch(`${base}${path}`, { ...request, signal: AbortSignal.timeout(10_000) });
  } catch {
    note(`No router answers at ${base}. Start one with \`signalbox start\`, or name it with --admin.`);
    return undefined;
  }
  const answer = (await response.json().catch(() => ({}))) as T & {
    code?: string;
    detail?: string;
    fix?: string;
  };
  if (response.ok) return answer;
  note(
    `${answer.code ?? response.status} ${answer.detail ?? "The router refused."}${answer.fix ? `\n  ${answer.fix}` : ""}`,
  );
  return undefined;
}

/** Query text of the filters that were given. */
export function queryOf(filters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

/** `signalbox tokens`: a person's own API tokens: listed, made with their secret shown once, revoked. */
import type { Command } from "commander";
import type { Token } from "../admin/shapes/people.ts";
import { SCOPES } from "../core/role.ts";
import { askThere, asks } from "./ask.ts";
import { spanOf } from "./filters.ts";
import { asPerson, type AsPerson } from "./person.ts";
import { EXIT, end, note, out, outJson, table } from "./print.ts";

interface Options extends AsPerson {
  readonly scopes: string;
  readonly expires?: string;
  readonly description?: string;
  readonly all?: boolean;
}

const API = "/api/v1/tokens";
const NAMES = { create: "create <name>", revoke: "revoke <id>" } as const;

export function tokensCommand(program: Command): void {
  const tokens = program
    .command("tokens")
    .description(
      "your API tokens; `create` and `revoke`: a new one, and the end of one. They want you to log in",
    )
    .option("--all", "those that have ended, too");
  person(tokens)
    .addHelpText("after", "\nExample:\n  $ signalbox tokens --as ada --url https://signalbox.example:8081")
    .action((_options, command: Command) => list(command.optsWithGlobals()));
  const create = tokens
    .command(NAMES.create)
    .description("make a token; its secret is printed once, alone on standard output")
    .option("--scopes <scopes>", `some of ${SCOPES.join(",")}, within your role`, "read")
    .option(
      "--expires <when>",
      "30d or 12h from now, or an ISO 8601 date; a year at most, which is the default",
    )
    .option("--description <text>", "what it is for");
  person(create)
    .addHelpText(
      "after",
      "\nExample:\n  $ signalbox tokens create ci --scopes read,operate --expires 30d --as ada",
    )
    .action((name: string, _options, command: Command) => make(name, command.optsWithGlobals()));
  person(tokens.command(NAMES.revoke).description("end a token at once"))
    .addHelpText("after", "\nExample:\n  $ signalbox tokens revoke tok_06fn2k… --as ada")
    .action((id: string, _options, command: Command) => revoke(id, command.optsWithGlobals()));
}

/** A token can neither see nor make tokens, so a person logs in for it. */
function person(command: Command): Command {
  return asks(
    command
      .option("--as <name>", "log in as this person; the password is asked for, or read from standard input")
      .option("--code <digits>", "the one-time code, where the account has one"),
  );
}

async function told<T>(
  options: Options,
  path: string,
  method: "GET" | "POST" | "DELETE",
  body?: unknown,
): Promise<T | undefined> {
  const answer = await asPerson(options, (reached) => askThere<T>(reached, path, method, body));
  if (answer === undefined && options.as === undefined)
    note("  On the command line: --as <name>, to log in by your password for this one command.");
  return answer;
}

async function list(options: Options): Promise<void> {
  const state = options.all === true ? "all" : "active";
  const answer = await told<{ items: readonly Token[] }>(options, `${API}?state=${state}`, "GET");
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  if (answer.items.length === 0) return out("No tokens.");
  const rows = answer.items.map((token) => [
    ...[token.id, token.name, token.scopes.join(","), stateOf(token), token.expires_at],
    ...[token.last_used_at ?? "never", token.description],
  ]);
  out(table([["id", "name", "scopes", "state", "until", "last used", ""], ...rows]));
}

function stateOf({ active, revoked }: Token): string {
  return active ? "active" : revoked ? "revoked" : "expired";
}

async function make(name: string, options: Options): Promise<void> {
  const { expires, description } = options;
  const span = expires === undefined ? undefined : spanOf(expires);
  const until = span === undefined ? expires : new Date(Date.now() + span).toISOString();
  const made = await told<Token>(options, API, "POST", {
    name,
    scopes: options.scopes.split(",").map((scope) => scope.trim()),
    ...(until !== undefined && { expires_at: until }),
    ...(description !== undefined && { description }),
  });
  if (made === undefined) return;
  if (options.json) return outJson(made);
  out(made.token ?? "");
  note(`${made.id}, good for ${made.scopes.join(", ")} until ${made.expires_at}. It is not shown again.`);
}

async function revoke(id: string, options: Options): Promise<void> {
  if (!/^\w+$/.test(id)) {
    note("A token's id begins with tok_; see `signalbox tokens`.");
    return end(EXIT.usage);
  }
  const done = await told<object>(options, `${API}/${id}`, "DELETE");
  if (done === undefined) return;
  if (options.json) return outJson({ id, revoked: true });
  out(`${id} is revoked.`);
}

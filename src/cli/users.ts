/** `signalbox users`: who has an account. */
import type { Command } from "commander";
import type { User } from "../admin/shapes/people.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { EXIT, end, out, outJson, table } from "./print.ts";

export function usersCommand(program: Command): void {
  asks(program.command("users").description("the people who may log in"))
    .addHelpText("after", "\nExample:\n  $ signalbox users")
    .action((_options, command: Command) => users(command.optsWithGlobals()));
}

async function users(options: Asking): Promise<void> {
  const answer = await ask<{ items: readonly User[] }>(options, "/api/v1/users");
  if (answer === undefined) return end(EXIT.failed);
  if (options.json) return outJson(answer);
  const rows = answer.items.map((user) => [
    user.name,
    user.role,
    stateOf(user),
    user.last_login_at ?? "never",
    user.id,
  ]);
  out(table([["name", "role", "state", "last log-in", "id"], ...rows]));
}

function stateOf({ blocked, invited, oidc, totp }: User): string {
  const facts = [
    blocked && "blocked",
    invited && "invited",
    oidc && "identity provider",
    totp && "one-time codes",
  ];
  return facts.filter(Boolean).join(", ") || "-";
}

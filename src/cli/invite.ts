/** `signalbox invite`: an account for somebody new, or a new link for who has lost the password. The way back in, too. */
import type { Command } from "commander";
import type { User } from "../admin/shapes/people.ts";
import { ROLES } from "../core/role.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";

interface Options extends Asking {
  readonly role?: string;
  readonly again?: boolean;
}

const API = "/api/v1/users";

export function inviteCommand(program: Command): void {
  asks(program.command("invite <name>"))
    .description("makes an account, and prints the link by which its person sets a password")
    .option("--role <role>", `one of ${ROLES.join(", ")}`, "viewer")
    .option("--again", "a new link for somebody who has an account: for a lost password, or a lost link")
    .addHelpText("after", "\nExample:\n  $ signalbox invite ada --role operator")
    .action((name: string, _options, command: Command) => invite(name, command.optsWithGlobals()));
}

async function invite(name: string, options: Options): Promise<void> {
  const user = options.again
    ? await newLink(name, options)
    : await ask<User>(options, API, "POST", { name, role: options.role });
  if (user === undefined) return end(EXIT.failed);
  if (options.json) return outJson(user);
  out(user.invite);
  note(`For ${user.name}, once, within 7 days: it sets the password. Give it to nobody else.`);
}

async function newLink(name: string, options: Options): Promise<User | undefined> {
  const users = await ask<{ items: readonly User[] }>(options, API);
  if (users === undefined) return undefined;
  const user = users.items.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (user === undefined) note(`Nobody is called ${name}. See \`signalbox users\`.`);
  return user && ask<User>(options, `${API}/${user.id}/invite`, "POST");
}

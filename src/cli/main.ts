/** The command line: one file a command, wired together here. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { SignalboxError } from "../core/errors.ts";
import { addCommand } from "./add.ts";
import { checkCommand } from "./check.ts";
import { deliveriesCommand } from "./deliveries.ts";
import { doctorCommand } from "./doctor.ts";
import { eventsCommand } from "./events.ts";
import { handshakeCommand } from "./handshake.ts";
import { heldCommands } from "./held.ts";
import { EXIT, end, exitOf, noteError } from "./print.ts";
import { providersCommand } from "./providers.ts";
import { replayCommand } from "./replay.ts";
import { sendCommand } from "./send.ts";
import { startCommand } from "./start.ts";
import { tailCommand } from "./tail.ts";
import { testCommand } from "./test.ts";
import { tryCommand } from "./try.ts";

const packageFile = new URL("../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };

const program = new Command("signalbox")
  .description("An event-driven webhook router: accept, verify, rewrite with JSONata, deliver.")
  .version(version)
  .option("--dir <folder>", "the workspace; SIGNALBOX_DIR, by default the current folder")
  .showSuggestionAfterError()
  .showHelpAfterError("(see signalbox --help)")
  .exitOverride();

const commands = [
  startCommand,
  checkCommand,
  testCommand,
  tryCommand,
  sendCommand,
  providersCommand,
  addCommand,
  handshakeCommand,
  doctorCommand,
  eventsCommand,
  deliveriesCommand,
  replayCommand,
  tailCommand,
];
for (const add of commands) add(program);
heldCommands(
  program.command("requests").description("refused requests: those that are held, and letting them in"),
);
for (const command of program.commands)
  command.exitOverride().showHelpAfterError(`(see signalbox ${command.name()} --help)`);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) end(error.exitCode === 0 ? EXIT.fine : EXIT.usage);
  else if (error instanceof SignalboxError) {
    noteError(error);
    end(exitOf(error.code));
  } else throw error;
}

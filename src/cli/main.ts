/** The command line: one file a command, wired together here. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { SignalboxError } from "../core/errors.ts";
import { addCommand } from "./add.ts";
import { approveCommand, rejectCommand } from "./approve.ts";
import { auditCommand } from "./audit.ts";
import { captureCommand } from "./capture.ts";
import { checkCommand } from "./check.ts";
import { deadLettersCommand } from "./dead-letters.ts";
import { deliveriesCommand } from "./deliveries.ts";
import { devCommand } from "./dev.ts";
import { discardCommand } from "./discard.ts";
import { docsCommand } from "./docs.ts";
import { doctorCommand } from "./doctor.ts";
import { eventsCommand } from "./events.ts";
import { explainCommand } from "./explain.ts";
import { fmtCommand } from "./fmt.ts";
import { habitsCommand } from "./habits.ts";
import { handshakeCommand } from "./handshake.ts";
import { holdsCommand } from "./holds.ts";
import { impactCommand } from "./impact.ts";
import { importCommand } from "./import.ts";
import { inferCommand } from "./infer.ts";
import { initCommand } from "./init.ts";
import { inviteCommand } from "./invite.ts";
import { linesCommand } from "./lines.ts";
import { listenCommand } from "./listen.ts";
import { lspCommand } from "./lsp.ts";
import { mcpCommand } from "./mcp.ts";
import { newCommand } from "./new.ts";
import { pauseCommand, resumeCommand } from "./pause.ts";
import { EXIT, end, exitOf, noteError } from "./print.ts";
import { providersCommand } from "./providers.ts";
import { reloadCommand } from "./reload.ts";
import { replayCommand } from "./replay.ts";
import { replaysCommand } from "./replays.ts";
import { requestsCommand } from "./requests.ts";
import { canaryCommand, shadowCommand } from "./second-rules.ts";
import { searchCommand } from "./search.ts";
import { sendCommand } from "./send.ts";
import { startCommand } from "./start.ts";
import { tailCommand } from "./tail.ts";
import { targetsCommand } from "./targets.ts";
import { testCommand } from "./test.ts";
import { tryCommand } from "./try.ts";
import { tokensCommand } from "./tokens.ts";
import { versionsCommand } from "./versions.ts";
import { usersCommand } from "./users.ts";

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
  initCommand,
  startCommand,
  devCommand,
  checkCommand,
  testCommand,
  tryCommand,
  explainCommand,
  impactCommand,
  captureCommand,
  inferCommand,
  newCommand,
  importCommand,
  fmtCommand,
  lspCommand,
  docsCommand,
  sendCommand,
  providersCommand,
  addCommand,
  handshakeCommand,
  doctorCommand,
  reloadCommand,
  eventsCommand,
  deliveriesCommand,
  requestsCommand,
  deadLettersCommand,
  searchCommand,
  replayCommand,
  replaysCommand,
  versionsCommand,
  discardCommand,
  linesCommand,
  habitsCommand,
  shadowCommand,
  canaryCommand,
  holdsCommand,
  approveCommand,
  rejectCommand,
  targetsCommand,
  pauseCommand,
  resumeCommand,
  auditCommand,
  tailCommand,
  listenCommand,
  mcpCommand,
  tokensCommand,
  usersCommand,
  inviteCommand,
];
for (const add of commands) add(program);
// What was typed wrongly is shown again, but not where it may be a token.
const outputError = (text: string, write: (text: string) => void): void =>
  write(text.replace(/=[^'\s]*/g, "=…").replace(/\bsb_\w+/g, "sb_…"));
program.configureOutput({ outputError });
const settle = (command: Command, names: string): void => {
  command.configureOutput({ outputError }).exitOverride().showHelpAfterError(`(see ${names} --help)`);
  for (const below of command.commands) settle(below, `${names} ${below.name()}`);
};
for (const command of program.commands) settle(command, `signalbox ${command.name()}`);

// Who reads the output has seen enough: `signalbox providers | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.fine);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) end(error.exitCode === 0 ? EXIT.fine : EXIT.usage);
  else if (error instanceof SignalboxError) {
    noteError(error);
    end(exitOf(error.code));
  } else throw error;
}

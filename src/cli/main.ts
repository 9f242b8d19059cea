/** The command line: one file a command, wired together here. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { SignalboxError } from "../core/errors.ts";
import { EXIT, end, exitOf, note, noteError } from "./print.ts";

const packageFile = new URL("../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };

const program = new Command("signalbox")
  .description("An event-driven webhook router: accept, verify, rewrite with JSONata, deliver.")
  .version(version)
  .option("--dir <folder>", "the workspace; SIGNALBOX_DIR, by default the current folder")
  .showSuggestionAfterError()
  .showHelpAfterError("(see signalbox --help)")
  .exitOverride();

/** Commands by name, in the order of the help. A command's file is read when it is named: most need little of the rest. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  init: async () => (await import("./init.ts")).initCommand,
  start: async () => (await import("./start.ts")).startCommand,
  dev: async () => (await import("./dev.ts")).devCommand,
  check: async () => (await import("./check.ts")).checkCommand,
  test: async () => (await import("./test.ts")).testCommand,
  try: async () => (await import("./try.ts")).tryCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  impact: async () => (await import("./impact.ts")).impactCommand,
  capture: async () => (await import("./capture.ts")).captureCommand,
  infer: async () => (await import("./infer.ts")).inferCommand,
  new: async () => (await import("./new.ts")).newCommand,
  import: async () => (await import("./import.ts")).importCommand,
  fmt: async () => (await import("./fmt.ts")).fmtCommand,
  lsp: async () => (await import("./lsp.ts")).lspCommand,
  docs: async () => (await import("./docs.ts")).docsCommand,
  send: async () => (await import("./send.ts")).sendCommand,
  providers: async () => (await import("./providers.ts")).providersCommand,
  add: async () => (await import("./add.ts")).addCommand,
  handshake: async () => (await import("./handshake.ts")).handshakeCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
  reload: async () => (await import("./reload.ts")).reloadCommand,
  events: async () => (await import("./events.ts")).eventsCommand,
  deliveries: async () => (await import("./deliveries.ts")).deliveriesCommand,
  requests: async () => (await import("./requests.ts")).requestsCommand,
  "dead-letters": async () => (await import("./dead-letters.ts")).deadLettersCommand,
  search: async () => (await import("./search.ts")).searchCommand,
  replay: async () => (await import("./replay.ts")).replayCommand,
  replays: async () => (await import("./replays.ts")).replaysCommand,
  versions: async () => (await import("./versions.ts")).versionsCommand,
  discard: async () => (await import("./discard.ts")).discardCommand,
  lines: async () => (await import("./lines.ts")).linesCommand,
  habits: async () => (await import("./habits.ts")).habitsCommand,
  shadow: async () => (await import("./second-rules.ts")).shadowCommand,
  canary: async () => (await import("./second-rules.ts")).canaryCommand,
  holds: async () => (await import("./holds.ts")).holdsCommand,
  approve: async () => (await import("./approve.ts")).approveCommand,
  reject: async () => (await import("./approve.ts")).rejectCommand,
  targets: async () => (await import("./targets.ts")).targetsCommand,
  pause: async () => (await import("./pause.ts")).pauseCommand,
  resume: async () => (await import("./pause.ts")).resumeCommand,
  audit: async () => (await import("./audit.ts")).auditCommand,
  tail: async () => (await import("./tail.ts")).tailCommand,
  listen: async () => (await import("./listen.ts")).listenCommand,
  mcp: async () => (await import("./mcp.ts")).mcpCommand,
  tokens: async () => (await import("./tokens.ts")).tokensCommand,
  users: async () => (await import("./users.ts")).usersCommand,
  invite: async () => (await import("./invite.ts")).inviteCommand,
};
const named = Object.keys(commands).filter((name) => process.argv.includes(name, 2));
const needed = named.length > 0 || process.argv[2] === "--version" ? named : Object.keys(commands);
for (const name of needed) (await commands[name]!())(program);
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
  } else if (error instanceof Error && "syscall" in error && "path" in error && "code" in error) {
    // The file system's own refusal, of a path that was given: no fault of the program.
    note(`${String(error.path)}: ${String(error.code)}`);
    end(EXIT.failed);
  } else throw error;
}

/** `signalbox send`: posts a realistic, correctly signed sample event to a running router. */
import type { Command } from "commander";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { findRunning } from "./running.ts";
import { postDraft, signedSample, type Posted } from "./sample.ts";
import { openWorkspace, settingsOf, type Common } from "./workspace.ts";

interface Options extends Common {
  readonly url?: string;
  readonly admin?: string;
  readonly json?: boolean;
}

export function sendCommand(program: Command): void {
  program
    .command("send <source> <type>")
    .description("post a realistic, correctly signed sample event of a source's provider")
    .option(
      "--url <base>",
      "the router's address for webhooks; by default the one that runs on the data folder",
    )
    .option("--json", "print the router's answer")
    .addHelpText("after", "\nExample:\n  $ signalbox send github push\n\nTypes: see `signalbox providers`.")
    .action((source: string, type: string, _options, command: Command) =>
      send(source, type, command.optsWithGlobals()),
    );
}

async function send(source: string, type: string, options: Options): Promise<void> {
  const settings = settingsOf(options);
  const workspace = await openWorkspace(settings, process.env, true);
  if (workspace === undefined) return end(EXIT.failed);
  const running = options.url === undefined ? await findRunning(settings.dataDir) : undefined;
  const hooks = options.url?.replace(/\/$/, "") ?? running?.hooks ?? `http://127.0.0.1:${settings.port}`;
  const signed = signedSample(workspace, source, type, hooks);
  if (typeof signed === "string") {
    note(signed);
    return end(EXIT.usage);
  }
  let posted: Posted;
  try {
    posted = await postDraft(signed.draft);
  } catch {
    note(`No router answers at ${hooks}. Start one with \`signalbox start\`, or name it with --url.`);
    return end(EXIT.failed);
  }
  const { status, answer } = posted;
  if (options.json) outJson({ status, ...answer });
  else if (status >= 300) note(`${status} ${answer.code ?? ""} ${answer.detail ?? ""}`);
  else {
    out(`${status} ${answer.id ?? ""} accepted, ${answer.deliveries?.length ?? 0} deliveries`);
    for (const delivery of answer.deliveries ?? []) out(`  ${delivery}`);
  }
  end(status < 300 ? EXIT.fine : EXIT.failed);
}

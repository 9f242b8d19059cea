/** `signalbox send`: posts a realistic, correctly signed sample event to a running router. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { isProvidersKey, makeTrialKey, publicSecret } from "../providers/trial-key.ts";
import type { Source } from "../rules/workspace.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { findRunning } from "./running.ts";
import { postDraft, signedSample, type Posted } from "./sample.ts";
import { settingsOf, type Common } from "./options.ts";
import { openWorkspace } from "./workspace.ts";

interface Options extends Common {
  readonly url?: string;
  readonly admin?: string;
  readonly json?: boolean;
  readonly key?: string;
}

export function sendCommand(program: Command): void {
  program
    .command("send <source> <type>")
    .description("post a realistic, correctly signed sample event of a source's provider")
    .option(
      "--url <base>",
      "the router's address for webhooks; by default the one that runs on the data folder",
    )
    .option(
      "--key <file>",
      "sign with this private key where only the provider has the real one; a new one is made where there is no file",
    )
    .option("--json", "print the router's answer")
    .addHelpText(
      "after",
      "\nExamples:\n  $ signalbox send github push\n  $ signalbox send paypal PAYMENT.CAPTURE.COMPLETED --key trial.pem\n\nTypes: see `signalbox providers`.",
    )
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
  const key = trialKey(workspace.sources.get(source), options.key);
  if (typeof key === "object") {
    note(key.problem);
    return end(key.exit);
  }
  const signed = signedSample(workspace, source, type, hooks, key);
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

/** The private key to sign with where the source has but a public one; undefined where its secrets sign. */
function trialKey(
  source: Source | undefined,
  file: string | undefined,
): string | undefined | { readonly problem: string; readonly exit: number } {
  if (source === undefined || !isProvidersKey(source.scheme)) return undefined;
  const name = source.provider?.name ?? "the sender";
  if (file === undefined)
    return {
      problem: `Only ${name} has the key that signs its events. Rehearse with one of your own: --key <file>.`,
      exit: EXIT.usage,
    };
  const isNew = !existsSync(file);
  if (isNew) writeFileSync(file, makeTrialKey(source.scheme), { mode: 0o600 });
  const pem = readFileSync(file, "utf8");
  let secret: string;
  try {
    secret = publicSecret(source.scheme, pem);
  } catch {
    return { problem: `${file} holds no private key in PEM.`, exit: EXIT.usage };
  }
  const taken = (source.file.secrets ?? []).some((each) => oneLine(each) === oneLine(secret));
  if (taken) return pem;
  const made = isNew ? `A key was made in ${file}. ` : "";
  return {
    problem: `${made}Source \`${source.name}\` does not verify with it yet. While you rehearse, its file needs:\n  secrets: ["${secret.replaceAll("\\", "\\\\")}"]`,
    exit: EXIT.failed,
  };
}

/** A PEM's line breaks may be written as they are or as \\n. */
function oneLine(secret: string): string {
  return secret.replaceAll("\\n", "\n").trim();
}

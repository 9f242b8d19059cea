/** `signalbox handshake`: puts a provider's question to your own router, and says whether the answer is what the provider wants. */
import type { Command } from "commander";
import { didYouMean } from "../core/suggest.ts";
import type { Handshake } from "../providers/handshake.ts";
import { matchHandshake } from "../providers/match-handshake.ts";
import { rehearse } from "../providers/rehearsal.ts";
import { asRequest, sign, type Draft } from "../providers/sign.ts";
import type { Credentials } from "../providers/verdict.ts";
import type { Source } from "../rules/workspace.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { findRunning } from "./running.ts";
import { settingsOf } from "./options.ts";
import { openWorkspace } from "./workspace.ts";

interface Options extends Asking {
  readonly hooks?: string;
  readonly reveal?: boolean;
  readonly forget?: boolean;
}

/** How one question went. */
interface Rehearsed {
  readonly question: string;
  readonly outcome: "answered" | "would be answered" | "not rehearsed" | "wrong";
  readonly detail: string;
}

export function handshakeCommand(program: Command): void {
  const command = program
    .command("handshake <source>")
    .description("rehearse the provider's challenge against your own router, and say what would happen")
    .option(
      "--hooks <base>",
      "the router's address for webhooks; by default the one that runs on the data folder",
    )
    .option(
      "--reveal",
      "print the secret that the provider has handed over instead, where it wants it typed in",
    )
    .option("--forget", "forget that secret: the source waits for the next one that is handed over");
  asks(command, "print what was asked and answered")
    .addHelpText(
      "after",
      "\nExamples:\n  $ signalbox handshake zoom\n  $ signalbox handshake notion --reveal",
    )
    .action((source: string, _options, command: Command) => handshake(source, command.optsWithGlobals()));
}

async function handshake(name: string, options: Options): Promise<void> {
  if (options.reveal === true || options.forget === true) return handedOver(name, options);
  const settings = settingsOf(options);
  const workspace = await openWorkspace(settings, process.env, true);
  if (workspace === undefined) return end(EXIT.failed);
  const source = workspace.sources.get(name);
  if (source === undefined) {
    note(`There is no source \`${name}\`.${didYouMean(name, workspace.sources.keys())}`);
    return end(EXIT.usage);
  }
  const questions = source.provider?.handshake ?? [];
  if (questions.length === 0) {
    if (options.json) return outJson([]);
    return out(`Source \`${name}\`: its provider asks nothing before it sends.`);
  }
  const running = options.hooks === undefined ? await findRunning(settings.dataDir) : undefined;
  const base = options.hooks?.replace(/\/$/, "") ?? running?.hooks ?? `http://127.0.0.1:${settings.port}`;
  const results: Rehearsed[] = [];
  for (const question of questions)
    results.push(await rehearseOne(question, source, `${base}/hooks/${name}`));
  if (options.json) outJson(results);
  else for (const { question, outcome, detail } of results) out(`${question}\n  ${outcome}: ${detail}`);
  end(results.some(({ outcome }) => outcome === "wrong") ? EXIT.failed : EXIT.fine);
}

/** The secret that was handed over: printed, or forgotten. */
async function handedOver(name: string, options: Options): Promise<void> {
  const how = options.forget === true ? "forget" : "reveal";
  const path = `/api/v1/sources/${encodeURIComponent(name)}/secret/${how}`;
  const answer = await ask<{ secret?: string; forgotten?: boolean }>(options, path, "POST");
  if (answer === undefined) return;
  if (options.json) return outJson(answer);
  if (answer.secret !== undefined) return out(answer.secret);
  out(
    answer.forgotten === true
      ? `Forgotten: source \`${name}\` waits for a secret to be handed over.`
      : `No secret has been handed over to source \`${name}\`.`,
  );
}

async function rehearseOne(question: Handshake, source: Source, url: string): Promise<Rehearsed> {
  const { secrets = [], config, url: registered } = source.file;
  const credentials = { secrets, ...(config && { config }), url: registered ?? url };
  const told = describe(question);
  const made = rehearse(question, url, credentials);
  if ("missing" in made)
    return { question: told, outcome: "wrong", detail: `the source's \`config\` lacks \`${made.missing}\`` };
  const draft = question.auth === "signature" ? signed(made.draft, source, credentials) : made.draft;
  if (typeof draft === "string") return { question: told, outcome: "not rehearsed", detail: draft };
  const expected = matchHandshake(source.provider!, asRequest(draft), credentials);
  if (expected === undefined)
    return { question: told, outcome: "not rehearsed", detail: "it cannot be made up here" };
  if ("refused" in expected) return { question: told, outcome: "wrong", detail: expected.refused };
  const wanted = `${expected.reply.status}${expected.reply.body === "" ? "" : ` ${expected.reply.body}`}`;
  if (expected.capture !== undefined || question.auth === "pending") {
    const kept = expected.capture === undefined ? "" : ", and the secret in it kept";
    const detail =
      secrets.length > 0
        ? "no longer: the source has a secret"
        : `${wanted}${kept}; not sent, so that nothing is kept by rehearsing`;
    return { question: told, outcome: secrets.length > 0 ? "not rehearsed" : "would be answered", detail };
  }
  if (expected.confirm !== undefined)
    return {
      question: told,
      outcome: "would be answered",
      detail: `${wanted}, and the provider's URL called`,
    };
  return compare(told, draft, wanted, expected.reply.body);
}

/** Signs the question as the provider would; a sentence where only the provider has the key. */
function signed(draft: Draft, { scheme }: Source, credentials: Credentials): Draft | string {
  const asymmetric =
    ["rsa", "ecdsa", "ed25519", "jwt"].includes(scheme.kind) && !scheme.jwt?.algorithm.startsWith("HS");
  if (asymmetric) return "only the provider has the key that signs it";
  return sign(scheme, draft, credentials, Date.now());
}

async function compare(question: string, draft: Draft, wanted: string, body: string): Promise<Rehearsed> {
  let response: Response;
  try {
    response = await fetch(draft.url, {
      method: draft.method,
      headers: draft.headers,
      redirect: "manual",
      ...(draft.method === "POST" && { body: new Uint8Array(draft.body) }),
      signal: AbortSignal.timeout(10_000),
    });
  } catch {
    return { question, outcome: "wrong", detail: `no router answers at ${new URL(draft.url).origin}` };
  }
  const text = await response.text();
  const right = response.ok && text === body;
  if (right) return { question, outcome: "answered", detail: wanted };
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  return {
    question,
    outcome: "wrong",
    detail: `the provider wants ${wanted}, got ${response.status}${code === undefined ? "" : ` ${code}`}`,
  };
}

function describe({ method, match, emptyBody }: Handshake): string {
  const parts = match.map(({ at, is, absent }) =>
    absent === true ? `no ${at}` : is === undefined ? at : `${at} = ${is}`,
  );
  return [method ?? "any method", ...(emptyBody === true ? ["an empty body"] : []), ...parts].join(" · ");
}

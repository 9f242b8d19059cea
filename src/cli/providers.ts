/** `signalbox providers`: the catalogue, and one provider in full. */
import type { Command } from "commander";
import { didYouMean } from "../core/suggest.ts";
import { findProvider, listProviders, providerIds } from "../providers/catalogue.ts";
import { sampleTypes } from "../providers/samples.ts";
import type { Provider } from "../providers/provider.ts";
import { EXIT, end, note, out, outJson, table } from "./print.ts";
import { headersOf, setupSteps, sourceYaml } from "./setup.ts";
import type { Common } from "./options.ts";

interface Options extends Common {
  readonly json?: boolean;
}

export function providersCommand(program: Command): void {
  program
    .command("providers [id]")
    .description("the providers that sources can name; with an id, what is known of one")
    .option("--json", "print the records")
    .addHelpText("after", "\nExample:\n  $ signalbox providers stripe")
    .action((id: string | undefined, _options, command: Command) => providers(id, command.optsWithGlobals()));
}

function providers(id: string | undefined, options: Options): void {
  if (id !== undefined) return showProvider(id, options);
  const all = listProviders();
  if (options.json)
    return outJson(all.map((provider) => ({ ...provider, samples: sampleTypes(provider.id) })));
  const rows = all.map(({ id: of, name, confidence }) => [of, name, confidence, sampleTypes(of).join(", ")]);
  out(table([["provider", "name", "confidence", "samples"], ...rows]));
}

function showProvider(id: string, options: Options): void {
  const provider = findProvider(id);
  if (provider === undefined) {
    note(`There is no provider \`${id}\`.${didYouMean(id, providerIds())}`);
    return end(EXIT.usage);
  }
  if (options.json) return outJson({ ...provider, samples: sampleTypes(id) });
  show(provider);
}

function show(provider: Provider): void {
  const { id, name, confidence, docs, schemes, delivery, type, batch, retries, ackSeconds, notes } = provider;
  const unsure = (field: "ackSeconds" | "retries") =>
    provider.unsure?.includes(field) ? " (not from a good source)" : "";
  out(`${name} (${id}), ${confidence}`);
  const rows: [string, string | undefined][] = [
    ["documentation", docs],
    ...schemes.map(({ name: of, scheme }): [string, string] => ["scheme", `${of}: ${schemeLine(scheme)}`]),
    ["headers", headersOf(provider).join(", ") || "none that are looked at"],
    ["delivery id", [delivery].flat().join(" + ")],
    ["event type", [type].flat().join(" + ")],
    ["batches", batch && `${batch.items}, with \`split: true\` an event each`],
    ["answer within", ackSeconds === undefined ? undefined : `${ackSeconds} s${unsure("ackSeconds")}`],
    ["when it fails", retries === undefined ? undefined : `${retries}${unsure("retries")}`],
    ["samples", sampleTypes(id).join(", ") || "none"],
    ["note", notes],
  ];
  for (const [label, value] of rows) if (value !== undefined) out(`  ${label.padEnd(15)}${value}`);
  out("\nSet it up");
  setupSteps(provider, `https://<your host>/hooks/${id}`).forEach((step, at) => out(`  ${at + 1}. ${step}`));
  out(`\nsources/${id}.yaml (signalbox add source ${id})`);
  for (const line of sourceYaml(provider, id).trimEnd().split("\n")) out(`  ${line}`);
}

function schemeLine({ kind, algorithm, jwt, from }: Provider["schemes"][number]["scheme"]): string {
  const how = kind === "none" ? "" : (jwt?.algorithm ?? algorithm ?? "");
  return [kind, how, [from ?? []].flat().join(", ")].filter(Boolean).join(" ");
}

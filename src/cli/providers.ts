/** `signalbox providers`: the catalogue, and one provider in full. */
import type { Command } from "commander";
import { didYouMean } from "../core/suggest.ts";
import { findProvider, listProviders, providerIds } from "../providers/catalogue.ts";
import { sampleTypes } from "../providers/samples.ts";
import { EXIT, end, note, out, outJson, table } from "./print.ts";
import type { Common } from "./workspace.ts";

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
  const { name, confidence, docs, schemes, delivery, type, secretHint, notes } = provider;
  out(`${name} (${id}), ${confidence}`);
  out(`  documentation  ${docs}`);
  for (const { name: of, scheme } of schemes) {
    const places = [scheme.from ?? []].flat().join(", ");
    out(
      `  scheme         ${of}: ${[scheme.kind, scheme.kind === "none" ? "" : scheme.algorithm, places].filter(Boolean).join(" ")}`,
    );
  }
  out(`  delivery id    ${delivery}`);
  out(`  event type     ${[type].flat().join(" + ")}`);
  out(`  secret         ${secretHint}`);
  out(`  samples        ${sampleTypes(id).join(", ")}`);
  if (notes !== undefined) out(`  ${notes}`);
}

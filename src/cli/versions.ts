/** `signalbox versions`: by which versions a route ran and since when; with a version's id, all that it is made of. */
import type { Command } from "commander";
import type { VersionLoad, VersionWhole, VersionsInForce } from "../admin/shapes/versions.ts";
import { isVersion } from "../core/version.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { out, outJson, paint, pretty, table } from "./print.ts";

export function versionsCommand(program: Command): void {
  const command = program
    .command("versions [name]")
    .description(
      "the versions of routes in force; with a route's name, when it ran by which; with a version's id, its texts",
    );
  asks(command)
    .addHelpText(
      "after",
      "\nExamples:\n  $ signalbox versions github-push-to-chat\n  $ signalbox versions 4f0c2a9be1d7",
    )
    .action((name: string | undefined, _options, command: Command) =>
      versions(name, command.optsWithGlobals()),
    );
}

async function versions(name: string | undefined, options: Asking): Promise<void> {
  if (name === undefined) return showInForce(options);
  if (isVersion(name)) return showWhole(name, options);
  const path = `/api/v1/routes/${encodeURIComponent(name)}/versions`;
  const found = await ask<{ items: readonly VersionLoad[] }>(options, path);
  if (found === undefined) return;
  if (options.json) return outJson(found);
  if (found.items.length === 0) return out("No version of this route is written down yet.");
  const rows = found.items.map(({ version, at, commit = "", edited, inForce, kept }) => [
    ...[version, at, commit.slice(0, 12) + (edited ? " and edits" : "")],
    [inForce ? "in force" : "", kept ? "" : "texts not kept"].filter(Boolean).join(", "),
  ]);
  out(table([["version", "since", "commit", ""], ...rows]));
}

async function showInForce(options: Asking): Promise<void> {
  const found = await ask<VersionsInForce>(options, "/api/v1/versions");
  if (found === undefined) return;
  if (options.json) return outJson(found);
  const rows = found.items.map(({ version, route, transform = "" }) => [version, route, transform]);
  out(table([["version", "route", "transform"], ...rows]));
}

async function showWhole(id: string, options: Asking): Promise<void> {
  const found = await ask<VersionWhole>(options, `/api/v1/versions/${id}`);
  if (found === undefined) return;
  if (options.json) return outJson(found);
  const { route, source, on, when, enrich, transform, rule, input, output, schemas } = found;
  out(`${paint.bold(route)}  ${source}: ${on.join(", ")}`);
  if (when !== undefined) out(`when: ${when}`);
  if (enrich !== undefined) out(`enrich: ${JSON.stringify(enrich)}`);
  out(
    rule === undefined ? "no rule: the body goes on as it is" : `\n${transform}.jsonata\n${rule.trimEnd()}`,
  );
  for (const [name, schema] of Object.entries(schemas)) {
    const side = [name === input ? "input" : "", name === output ? "output" : ""].filter(Boolean).join(", ");
    out(`\n${name}.json${side === "" ? "" : ` (${side})`}\n${pretty(schema)}`);
  }
}

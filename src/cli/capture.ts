/** `signalbox capture`: an event becomes a case of the workspace, without personal data and secrets. */
import type { Command } from "commander";
import type { EventDetail } from "../admin/shapes/deliveries.ts";
import { matchesType } from "../core/route.ts";
import { isFields, pointerStep } from "../core/schema-walk.ts";
import { didYouMean } from "../core/suggest.ts";
import { captureCase, type Captured } from "../rules/capture.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { readJson } from "./json-file.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { settingsOf } from "./options.ts";
import { openWorkspace } from "./workspace.ts";

interface Options extends Asking {
  readonly as: string;
  readonly route?: string;
  readonly redact?: string[];
}

export function captureCommand(program: Command): void {
  const command = program
    .command("capture <event>")
    .description(
      "make a case of an event: an id on the running router, or a JSON file as `events <id> --json` prints it",
    )
    .requiredOption("--as <case>", "the case's name")
    .option("--route <name>", "the route whose transform gets the case; needed where several take the event")
    .option(
      "--redact <paths...>",
      "JSON Pointers of what else is to be taken out, `*` for every item: /customer/notes /items/*/sku",
    );
  asks(command, "print the files that were written and what was taken out")
    .addHelpText(
      "after",
      '\nExample:\n  $ signalbox capture evt_… --as "a refund in yen" --redact /data/object/metadata',
    )
    .action((event: string, _options, command: Command) => capture(event, command.optsWithGlobals()));
}

async function capture(id: string, options: Options): Promise<void> {
  const wrong = (options.redact ?? []).find((path) => !path.startsWith("/"));
  if (wrong !== undefined) return refuse(`--redact takes JSON Pointers, which begin with a slash: /${wrong}`);
  const workspace = await openWorkspace(settingsOf(options), process.env, true);
  if (workspace === undefined) return end(EXIT.failed);
  const event = id.startsWith("evt_")
    ? await ask<Partial<EventDetail>>(options, `/api/v1/events/${encodeURIComponent(id)}`)
    : ((await readJson(id))?.value as Partial<EventDetail> | undefined);
  if (event === undefined) return process.exitCode ? undefined : end(EXIT.usage);
  if (!isFields(event) || !("body" in event) || typeof event.source !== "string")
    return refuse("It holds no event with `source`, `type` and `body`; its body may have left the history.");
  const route = routeOf(event, options.route, workspace);
  if (route?.transform === undefined) return;
  const { type = "", receivedAt = "2026-01-01T00:00:00.000Z", headers = {}, query = {} } = event;
  const captured: Captured = {
    ...{ body: event.body, transform: route.transform, route, name: options.as },
    context: { type, receivedAt, headers, query } as Captured["context"],
    redact: options.redact ?? [],
  };
  try {
    const { files, taken, outcome } = await captureCase(captured, workspace);
    const shown = taken.map(({ path, kind }) => ({ path: path.map(pointerStep).join(""), kind }));
    if (options.json) return outJson({ files, outcome, taken: shown });
    out(`A case of ${route.transform.name} (${outcome}) was written to ${files.join(", ")}.`);
    for (const { path, kind } of shown) out(`  taken out: ${path} (${kind})`);
    out("Look at what was left before it is committed; `signalbox test` runs it.");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    refuse(
      `\`${(error as NodeJS.ErrnoException).path ?? ""}\` is there already: give the case another name.`,
    );
  }
}

function refuse(why: string): void {
  note(why);
  end(EXIT.usage);
}

/** The route that is named, else the only one of the source that has a transform and takes the type. */
function routeOf(
  { source = "", type = "" }: Partial<EventDetail>,
  name: string | undefined,
  workspace: Workspace,
): Route | undefined {
  const of = (route: Route): boolean => route.transform !== undefined;
  const named = name === undefined ? undefined : workspace.routes.get(name);
  if (named !== undefined && of(named)) return named;
  if (name !== undefined) {
    const why =
      named === undefined ? `There is no route \`${name}\`.` : `Route \`${name}\` has no transform.`;
    refuse(why + didYouMean(name, workspace.routes.keys()));
    return undefined;
  }
  const all = workspace.routesOf(source).filter(of);
  const taking = all.filter(({ file }) => matchesType(file.on, type));
  if (taking.length === 1) return taking[0];
  const names = (taking.length > 0 ? taking : all).map((route) => route.name).join(", ");
  refuse(
    taking.length === 0
      ? `No route with a transform takes \`${type}\` of source \`${source}\`; name one with --route: ${names}`
      : `Several routes take it; name one with --route: ${names}`,
  );
  return undefined;
}

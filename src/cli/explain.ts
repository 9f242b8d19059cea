/** `signalbox explain`: which routes take an event and why, what each part of their rules yields, what would be sent. */
import type { Command } from "commander";
import { withRequest } from "../admin/explaining.ts";
import type { Explanation } from "../admin/shapes/explanations.ts";
import type { DeliveryDetail } from "../admin/shapes/deliveries.ts";
import type { EventContext } from "../core/event.ts";
import { isFields } from "../core/schema-walk.ts";
import { didYouMean } from "../core/suggest.ts";
import { caseContext } from "../rules/cases.ts";
import { explainRule } from "../rules/explain.ts";
import { explainRoutes, type Explainable } from "../rules/explained-routes.ts";
import type { Workspace } from "../rules/workspace.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { showExplanation } from "./explain-listing.ts";
import { readJson } from "./json-file.ts";
import { EXIT, end, note, outJson } from "./print.ts";
import { settingsOf } from "./options.ts";
import { openWorkspace } from "./workspace.ts";

interface Options extends Asking {
  readonly source?: string;
  readonly type?: string;
}

export function explainCommand(program: Command): void {
  const command = program
    .command("explain <event> [route]")
    .description(
      "what each route makes of an event, part by part: of an id on the running router, of a JSON file (or -) with the workspace",
    )
    .option("--source <name>", "of a file: the source that it would come from")
    .option("--type <type>", "of a file: the event's type");
  asks(command, "print the explanation as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  $ signalbox explain evt_01m85js5csebr98gpt8z9z5p8a\n  $ signalbox explain push.json github-push-to-chat",
    )
    .action((event: string, route: string | undefined, _options, command: Command) =>
      explain(event, route, command.optsWithGlobals()),
    );
}

async function explain(event: string, route: string | undefined, options: Options): Promise<void> {
  const explanation = /^(?:evt|dlv)_\w+$/.test(event)
    ? await ofRouter(event, route, options)
    : await ofFile(event, route, options);
  if (explanation === undefined) return;
  if (options.json) outJson(explanation);
  else showExplanation(explanation);
}

/** Of the router that runs, with its rules; the exit code is set where there is none. */
async function ofRouter(
  id: string,
  route: string | undefined,
  options: Options,
): Promise<Explanation | undefined> {
  if (id.startsWith("evt_")) return eventOfRouter(id, route, options);
  const delivery = await ask<DeliveryDetail>(options, `/api/v1/deliveries/${encodeURIComponent(id)}`);
  return delivery && eventOfRouter(delivery.event, route ?? delivery.route, options);
}

function eventOfRouter(
  id: string,
  route: string | undefined,
  options: Options,
): Promise<Explanation | undefined> {
  const query = route === undefined ? "" : `?route=${encodeURIComponent(route)}`;
  return ask<Explanation>(options, `/api/v1/events/${encodeURIComponent(id)}/explain${query}`);
}

async function ofFile(
  file: string,
  route: string | undefined,
  options: Options,
): Promise<Explanation | undefined> {
  const workspace = await openWorkspace(settingsOf(options), process.env, true);
  if (workspace === undefined) return failed("The workspace has errors. See `signalbox check`.", EXIT.failed);
  if (route !== undefined && !workspace.routes.has(route))
    return failed(`There is no route \`${route}\`.${didYouMean(route, workspace.routes.keys())}`);
  const read = await readJson(file);
  if (read === undefined) return failed(undefined);
  const event = eventOf(read.value, route, options, workspace);
  if (event === undefined)
    return failed(
      "Name a route, or the source that the body would come from: --source <name> --type <type>.",
    );
  const { source, type, id, receivedAt } = event.context;
  if (!workspace.sources.has(source) && route === undefined)
    return failed(`There is no source \`${source}\`.${didYouMean(source, workspace.sources.keys())}`);
  const routes = await explainRoutes(event, workspace, explainRule, route);
  const now = Date.parse(receivedAt);
  return {
    ...{ event: id, source, type, receivedAt, revision: workspace.revision },
    routes: await Promise.all(routes.map((one) => withRequest(one, event, workspace, now))),
  } as Explanation;
}

function failed(why: string | undefined, code: number = EXIT.usage): undefined {
  if (why !== undefined) note(why);
  end(code);
  return undefined;
}

/** A body, or an event as `signalbox events <id> --json` prints it. */
function eventOf(
  value: unknown,
  name: string | undefined,
  { source, type }: Options,
  { routes }: Workspace,
): Explainable | undefined {
  const route = name === undefined ? undefined : routes.get(name);
  const isEvent =
    isFields(value) &&
    "body" in value &&
    typeof value["source"] === "string" &&
    typeof value["type"] === "string";
  const said = isEvent ? contextIn(value) : {};
  const from = source ?? said.source ?? route?.file.source;
  if (from === undefined) return undefined;
  const context = caseContext({ event: said }, route);
  return {
    body: isEvent ? value["body"] : value,
    context: { ...context, source: from, type: type ?? said.type ?? context.type },
  };
}

function contextIn(value: Readonly<Record<string, unknown>>): Partial<EventContext> {
  const names = ["id", "source", "type", "receivedAt", "headers", "query", "method", "path"];
  return Object.fromEntries(names.flatMap((name) => (name in value ? [[name, value[name]]] : [])));
}

/** The routes of `routes/<name>.yaml`. */
import type { ErrorCode } from "../core/errors.ts";
import { OWN_SOURCE, happeningTypes } from "../core/happening.ts";
import { routeTag } from "../core/ids.ts";
import { routeSchema } from "../core/route.ts";
import type { RouteFile } from "../core/route.ts";
import { compileFormat } from "../core/schema.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Budgets } from "../language/budgets.ts";
import type { Expression } from "../language/expression.ts";
import { unknownTypes } from "./chains.ts";
import { loadExpectation } from "./expectation.ts";
import { loadExpression } from "./expressions.ts";
import type { Folder, WorkspaceFile } from "./files.ts";
import { loadGate } from "./gates.ts";
import { checkFormat, openYaml } from "./format.ts";
import type { Opened } from "./format.ts";
import { loadLine } from "./lines.ts";
import { START } from "./problem.ts";
import type { Tell } from "./problem.ts";
import { loadLookups } from "./lookups.ts";
import { loadTags } from "./tags.ts";
import { loadCanary, loadShadow } from "./second-rules.ts";
import { loadTiming } from "./timing.ts";
import { versionOf } from "./versions.ts";
import type { Route, Schema, Target, Transform } from "./workspace.ts";

const validateRoute = compileFormat(routeSchema);

/** What routes connect. `names` has those of files with errors too. */
export interface Ends {
  readonly names: Readonly<Record<Folder, ReadonlySet<string>>>;
  readonly transforms: ReadonlyMap<string, Transform>;
  readonly targets: ReadonlyMap<string, Target>;
  readonly schemas: ReadonlyMap<string, Schema>;
  readonly budgets: Budgets;
}

/** A route's file, checked: what it names is known even where the route cannot be used. */
export interface LoadedRoute {
  readonly file: RouteFile;
  readonly route: Route | undefined;
}

/** One route; undefined where its file has errors. Everything that is wrong is told. */
export function loadRoute(file: WorkspaceFile, ends: Ends, tell: Tell): LoadedRoute | undefined {
  const opened = openYaml(file, tell);
  const route = opened && checkFormat<RouteFile>(opened, "route", validateRoute, tell);
  if (opened === undefined || route === undefined) return undefined;
  if (route.source === OWN_SOURCE) tellTypes(route, opened, tell);
  else tellUnknown(opened, "source", route.source, ends.names.sources, "RULE_SOURCE_UNKNOWN", tell);
  tellUnknown(opened, "transform", route.transform, ends.names.transforms, "RULE_TRANSFORM_UNKNOWN", tell);
  tellUnknown(opened, "target", route.target, ends.names.targets, "RULE_TARGET_UNKNOWN", tell);
  const when = loadWhen(route.when, opened, ends.budgets, tell);
  const { budgets, schemas } = ends;
  const timing = loadTiming(route, opened, budgets, tell);
  const expected = { names: ends.names.schemas, schemas, budgets };
  const expect = loadExpectation(route.expect, opened, expected, tell);
  const tags = loadTags(route.tags, opened, budgets, tell);
  const line = loadLine(route, opened, budgets, tell);
  const gate = route.gate && loadGate(route.gate, file.name, opened, ends, tell);
  const target = ends.targets.get(route.target);
  const transform = route.transform === undefined ? undefined : ends.transforms.get(route.transform);
  const canary = route.canary && loadCanary(route, file.name, opened, ends, tell);
  const shadow = loadShadow(route, file.name, opened, ends, tell);
  const lookups = loadLookups(route, transform, opened, ends, tell);
  if (target === undefined || (route.transform !== undefined && transform === undefined))
    return { file: route, route: undefined };
  const of = (made: Transform | undefined): string =>
    versionOf({ name: file.name, file: route, ...(made && { transform: made }) }, ends);
  let version: string | undefined;
  let canaryVersion: string | undefined;
  return {
    file: route,
    route: {
      name: file.name,
      // Asked for by a router alone: other commands need not pay for it.
      get version() {
        return (version ??= of(transform));
      },
      file: route,
      ...(when && { when }),
      ...(lookups && { lookups }),
      ...(transform && { transform }),
      target,
      ...(timing && { timing }),
      ...(expect && { expect }),
      tags,
      ...(line && { line }),
      ...(gate && { gate }),
      ...(canary && {
        canary: {
          ...canary,
          get version() {
            return (canaryVersion ??= of(canary.transform));
          },
        },
      }),
      ...(shadow && { shadow }),
    },
  };
}

function tellUnknown(
  { path, document }: Opened,
  kind: "source" | "transform" | "target",
  name: string | undefined,
  names: ReadonlySet<string>,
  code: ErrorCode,
  tell: Tell,
): void {
  if (name === undefined || names.has(name)) return;
  tell(path, document.place(`/${kind}`), code, `There is no ${kind} \`${name}\`.${didYouMean(name, names)}`);
}

function tellTypes({ on }: RouteFile, { path, document }: Opened, tell: Tell): void {
  for (const type of unknownTypes(on)) {
    const said = `The source \`${OWN_SOURCE}\` has no events of type \`${type}\`.${didYouMean(type, Object.keys(happeningTypes))}`;
    tell(path, document.place(`/on/${on.indexOf(type)}`), "RULE_TYPE_UNKNOWN", said);
  }
}

function loadWhen(
  when: string | undefined,
  { path, document }: Opened,
  budgets: Budgets,
  tell: Tell,
): Expression | undefined {
  if (when === undefined) return undefined;
  return loadExpression(when, budgets, ({ code, message, fix, ...inner }) =>
    tell(path, document.within("/when", inner), code, message, fix),
  );
}

/** Tells of routes whose deliveries' ids would be the same: one in 10^12 pairs of names. */
export function checkTags(routes: readonly WorkspaceFile[], tell: Tell): void {
  const seen = new Map<string, string>();
  for (const { name, path } of routes) {
    const tag = routeTag(name);
    const other = seen.get(tag);
    seen.set(tag, name);
    if (other === undefined) continue;
    tell(
      path,
      START,
      "RULE_NAME_TAKEN",
      `The ids of deliveries on route \`${name}\` would be those on route \`${other}\`.`,
    );
  }
}

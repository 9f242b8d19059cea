/** Loads a workspace: every file is read, checked and compiled, and every problem is told at once. Nothing is executed. */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { didYouMean } from "../core/suggest.ts";
import { readFiles, readText, revisionOf, type Folder, type WorkspaceFile } from "./files.ts";
import { START, problem, sorted, type Problem, type Tell } from "./problem.ts";
import { checkTags, loadRoute, type LoadedRoute } from "./routes.ts";
import { loadSchemas, referredBy } from "./schemas.ts";
import { loadSource } from "./sources.ts";
import { loadTarget } from "./targets.ts";
import { loadTransform } from "./transforms.ts";
import { withDotenv, type Environment } from "./variables.ts";
import type { Route, Source, Target, Transform, Workspace } from "./workspace.ts";

export type { Problem };

/** The workspace of a folder, undefined where it has an error, with its problems sorted by file and place. */
export async function loadWorkspace(
  dir: string,
  environment: Environment,
): Promise<{ workspace: Workspace | undefined; problems: readonly Problem[] }> {
  const root = resolve(dir);
  const problems: Problem[] = [];
  const tell: Tell = (file, place, code, message, fix) => void problems.push(problem(file, place, code, message, fix));
  const files = await readFiles(root, tell);
  const isEmpty = !files.some(({ folder }) => folder === "sources" || folder === "routes" || folder === "transforms");
  if (isEmpty && problems.length === 0) {
    tell(".", START, "RULE_FOLDER_MISSING", `There are no sources, routes or transforms in \`${dir}\`.`);
  }
  const workspace = await assemble(root, files, await filledEnvironment(root, environment), tell);
  const failed = problems.some(({ severity }) => severity === "error");
  return { workspace: failed ? undefined : workspace, problems: sorted(problems) };
}

/** The environment with the workspace's `.env`, whose problems are not the rules'. */
async function filledEnvironment(root: string, environment: Environment): Promise<Environment> {
  const there = await stat(join(root, ".env")).catch(() => undefined);
  const text = there === undefined ? undefined : await readText(root, ".env", () => undefined);
  return withDotenv(text, environment);
}

async function assemble(
  root: string,
  files: readonly WorkspaceFile[],
  environment: Environment,
  tell: Tell,
): Promise<Workspace> {
  const of = (folder: Folder): WorkspaceFile[] => files.filter((file) => file.folder === folder);
  const namesOf = (folder: Folder): Set<string> => new Set(of(folder).map(({ name }) => name));
  const names = {
    sources: namesOf("sources"),
    routes: namesOf("routes"),
    transforms: namesOf("transforms"),
    targets: namesOf("targets"),
    schemas: namesOf("schemas"),
  };
  const schemas = loadSchemas(of("schemas"), tell);
  const known = { names: names.schemas, schemas };
  const sources = named<Source>(of("sources").map((file) => loadSource(file, known, environment, tell)));
  const targets = named<Target>(of("targets").map((file) => loadTarget(file, environment, tell)));
  const pairs = [...names.transforms].map((name) => ({
    name,
    rule: of("transforms").find((file) => file.name === name && file.format === "jsonata"),
    yaml: of("transforms").find((file) => file.name === name && file.format === "yaml"),
  }));
  const transforms = named<Transform>(await Promise.all(pairs.map((pair) => loadTransform(pair, root, known, tell))));
  const loaded = of("routes").flatMap((file) => loadRoute(file, { names, transforms, targets }, tell) ?? []);
  checkTags(of("routes"), tell);
  const routes = named<Route>(loaded.map(({ route }) => route));
  checkCaseRoutes(transforms, loaded, names.routes, tell);
  const workspace = { dir: root, sources, routes, transforms, targets, schemas };
  tellUnused(files, workspace, loaded, tell);
  const bySource = new Map([...sources.keys()].map((name) => [name, [...routes.values()].filter(({ file }) => file.source === name)]));
  return {
    ...workspace,
    routesOf: (source) => bySource.get(source) ?? [],
    revision: revisionOf(files.flatMap(({ path, text }) => [path, text])),
  };
}

function named<T extends { readonly name: string }>(items: readonly (T | undefined)[]): Map<string, T> {
  return new Map(items.flatMap((item): [string, T][] => (item === undefined ? [] : [[item.name, item]])));
}

/** A case that names a route names one that is there; one that is filtered can tell by whose `when`. */
function checkCaseRoutes(
  transforms: ReadonlyMap<string, Transform>,
  loaded: readonly LoadedRoute[],
  names: ReadonlySet<string>,
  tell: Tell,
): void {
  for (const { name: transform, cases } of transforms.values()) {
    const users = loaded.filter(({ file }) => file.transform === transform).length;
    for (const { name, file, line, column, route, expected } of cases) {
      const place = { line, column };
      if (route !== undefined && !names.has(route)) {
        tell(file, place, "RULE_CASE_ROUTE_UNKNOWN", `Case \`${name}\`: there is no route \`${route}\`.${didYouMean(route, names)}`);
      } else if (route === undefined && expected.kind === "filtered" && users !== 1) {
        const message = `Case \`${name}\` expects to be filtered, and ${users} routes use transform \`${transform}\`.`;
        tell(file, place, "RULE_CASE_ROUTE_UNKNOWN", message);
      }
    }
  }
}

/** Warns of files that nothing uses. */
function tellUnused(
  files: readonly WorkspaceFile[],
  { sources, transforms, schemas }: Pick<Workspace, "sources" | "transforms" | "schemas">,
  loaded: readonly LoadedRoute[],
  tell: Tell,
): void {
  const routes = loaded.map(({ file }) => file);
  const used: Readonly<Record<Folder, ReadonlySet<string | undefined>>> = {
    sources: new Set(routes.map(({ source }) => source)),
    transforms: new Set(routes.map(({ transform }) => transform)),
    targets: new Set(routes.map(({ target }) => target)),
    schemas: new Set([
      ...[...transforms.values()].flatMap(({ file }) => [file.input, file.output]),
      ...[...sources.values()].flatMap((source) => source.schemas.map(({ name }) => name)),
      ...[...schemas.values()].flatMap(referredBy),
    ]),
    routes: new Set(files.map(({ name }) => name)),
  };
  const told = new Set<string>();
  for (const { folder, name, path } of files) {
    if (used[folder].has(name) || told.has(`${folder}/${name}`)) continue;
    told.add(`${folder}/${name}`);
    const kind = folder.slice(0, -1);
    tell(path, START, "RULE_UNUSED", folder === "schemas" ? `No transform or source uses schema \`${name}\`.` : `No route uses ${kind} \`${name}\`.`);
  }
}

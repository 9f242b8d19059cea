/** Loads the workspace: every problem is told at once, and nothing of it is ever run while loading. */
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { GivenBudgets } from "../core/budgets.ts";
import type { RouteFile } from "../core/route.ts";
import { defaultBudgets } from "../language/budgets.ts";
import type { Budgets } from "../language/budgets.ts";
import { checkChains, takersAmong } from "./chains.ts";
import { checkCases, checkUnused } from "./check.ts";
import type { Uses } from "./check.ts";
import { readFiles, revisionOf } from "./files.ts";
import type { Folder, Found, Unsaved, WorkspaceFile } from "./files.ts";
import { START, problem, sorted } from "./problem.ts";
import type { Problem, Tell } from "./problem.ts";
import { noticesOf } from "./gates.ts";
import { checkTags, loadRoute } from "./routes.ts";
import { renewing } from "./renewal.ts";
import { loadSchemas } from "./schemas.ts";
import { readSecretFiles, secretFiles } from "./secret-files.ts";
import type { SecretFiles } from "./secret-files.ts";
import { loadSource } from "./sources.ts";
import { loadTarget, unlisted } from "./targets.ts";
import { loadTransform, pairs } from "./transforms.ts";
import { checkTypes } from "./typing.ts";
import { referredNames, withDotenv } from "./variables.ts";
import type { Environment } from "./variables.ts";
import type { Route, Target, Workspace } from "./workspace.ts";

export type { Problem };

/** The workspace, undefined when any problem is an error; and all problems, by file and place. */
export interface Loaded {
  readonly workspace: Workspace | undefined;
  readonly problems: readonly Problem[];
}

/** What is looked at besides what a workspace needs to be loaded. */
export interface Also {
  /** Every rule is held against its schemas. */
  readonly types?: boolean;
  /** Stand in for what is saved. */
  readonly unsaved?: Unsaved;
  /** For looking at rules alone: sources and targets are taken to be as they must, so no variable is needed, and nothing can be sent. */
  readonly rulesAlone?: boolean;
}

/**
 * Loads the workspace of a folder with the variables of an environment; its `.env` gives those that are not there. Every
 * expression gets the `given` budgets over the language's own, and a transform what its file says over both. Never throws for what
 * files hold.
 */
export async function loadWorkspace(
  dir: string,
  environment: Environment,
  given: GivenBudgets = {},
  { types = false, rulesAlone = false, unsaved }: Also = {},
): Promise<Loaded> {
  const root = resolve(dir);
  const problems: Problem[] = [];
  const tell: Tell = (...told) => void problems.push(problem(...told));
  const failed = (): boolean => problems.some(({ severity }) => severity === "error");
  const { files: found, names } = await readFiles(root, tell, unsaved);
  const files = rulesAlone ? found.flatMap(withoutEnds) : found;
  if (problems.length === 0 && files.every(({ folder }) => folder === "schemas" || folder === "targets")) {
    const why = (await isThere(root)) ? "holds no source, route or transform" : "is not there";
    tell(".", START, "RULE_FOLDER_MISSING", `The folder ${root} ${why}.`);
  }
  const dotenv = await readFile(join(root, ".env"), "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    if (code !== "ENOENT" && code !== "ENOTDIR")
      tell(".env", START, "RULE_FILE_UNREADABLE", `\`.env\` cannot be read (${code}).`);
    return undefined;
  });
  const budgets = { ...defaultBudgets, ...given };
  const variables = withDotenv(dotenv, environment);
  const { workspace, uses } = await assemble(root, { files, names }, { variables, budgets }, tell);
  // What a file with errors would use is not known: nothing is called unused for its sake.
  if (!failed() && !rulesAlone) checkUnused(uses, tell);
  if (types && !failed()) checkTypes({ workspace, files }, tell);
  return { workspace: failed() ? undefined : workspace, problems: sorted(problems) };
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== "ENOENT",
  );
}

/** A target that is never called, in place of each; no source. */
function withoutEnds(file: WorkspaceFile): WorkspaceFile[] {
  if (file.folder === "sources") return [];
  return file.folder === "targets" ? [{ ...file, text: "url: https://target.invalid/\n" }] : [file];
}

/** What the operator gives besides the files. */
interface Given {
  readonly variables: Environment;
  readonly budgets: Budgets;
}

interface Assembled {
  readonly workspace: Workspace;
  readonly uses: Uses;
}

async function assemble(
  dir: string,
  { files, names }: Found,
  { variables, budgets }: Given,
  tell: Tell,
): Promise<Assembled> {
  const of = (folder: Folder): WorkspaceFile[] => files.filter((file) => file.folder === folder);
  const schemas = loadSchemas(of("schemas"), tell);
  const known = { names: names.schemas, schemas, budgets };
  const referring = files.filter(({ folder }) => folder === "sources" || folder === "targets");
  const inFiles = secretFiles(referredNames(referring.map(({ text }) => text)), variables, dir);
  const held = await readSecretFiles(inFiles);
  const environment = { ...variables, ...held };
  const targets = byName(
    of("targets").flatMap((file) => {
      const target = loadTarget(file, environment, budgets, tell);
      return target === undefined ? [] : following(target, file, inFiles, held, { variables, budgets });
    }),
  );
  const read = pairs(of("transforms")).map((pair) => loadTransform(pair, dir, known, tell));
  const loaded = (await Promise.all(read)).filter((one) => one !== undefined);
  const transforms = byName(loaded.flatMap(({ transform }) => transform ?? []));
  const routes: Route[] = [];
  const routeFiles = new Map<string, RouteFile>();
  for (const file of of("routes")) {
    const route = loadRoute(file, { names, transforms, targets, schemas, budgets }, tell);
    if (route !== undefined) routeFiles.set(file.name, route.file);
    if (route?.route !== undefined) routes.push(route.route);
  }
  checkTags(of("routes"), tell);
  checkChains(routeFiles, of("routes"), tell);
  const nameable = { transforms: names.transforms, routes: names.routes, routeFiles };
  const sources = of("sources").flatMap(
    (file) => loadSource(file, { ...known, ...nameable }, environment, tell) ?? [],
  );
  const isKnown = ({ transform }: RouteFile): boolean =>
    transform === undefined || names.transforms.has(transform);
  const allKnown = routeFiles.size === names.routes.size && [...routeFiles.values()].every(isKnown);
  for (const one of loaded) checkCases(one, allKnown ? routeFiles : undefined, tell);
  const bySource = new Map<string, Route[]>();
  for (const route of routes)
    bySource.set(route.file.source, [...(bySource.get(route.file.source) ?? []), route]);
  const workspace: Workspace = {
    dir,
    sources: byName(sources),
    routes: byName([...routes, ...noticesOf(routes, targets)]),
    transforms,
    targets,
    schemas,
    budgets,
    routesOf: (source) => bySource.get(source) ?? [],
    takersOf: takersAmong(routes),
    revision: revisionOf(files.flatMap(({ path, text }) => [path, text])),
  };
  return { workspace, uses: { files, routes: routeFiles, transforms: loaded, sources, schemas } };
}

/** A target whose secrets come from files is loaded anew when they change; what is wrong with it then is not told. */
function following(
  target: Target,
  file: WorkspaceFile,
  all: SecretFiles,
  held: Environment,
  { variables: given, budgets }: Given,
): Target {
  const names = referredNames([file.text]);
  const files = new Map([...all].filter(([name]) => names.has(name)));
  if (files.size === 0) return target;
  const present = Object.fromEntries([...files.keys()].map((name) => [name, held[name]]));
  const load = (variables: Environment): Target | undefined => {
    let usable = true;
    const loaded = loadTarget(file, { ...given, ...variables }, budgets, () => (usable = false));
    return usable ? loaded : undefined;
  };
  return unlisted(target, { renewed: renewing(target, files, present, load) });
}

function byName<Named extends { readonly name: string }>(all: readonly Named[]): Map<string, Named> {
  return new Map(all.map((one) => [one.name, one]));
}

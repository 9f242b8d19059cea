/** Rules held against their schemas: what `check` tells beyond what keeps a workspace from being loaded. */
import { treeOf } from "../language/expression.ts";
import { analyse, analyseCondition, wholeSchema } from "../language/typing/analyse.ts";
import type { SchemaPart, TypeProblem } from "../language/typing/analyse.ts";
import type { WorkspaceFile } from "./files.ts";
import { openYaml } from "./format.ts";
import type { Place, Tell } from "./problem.ts";
import type { Schema, Workspace } from "./workspace.ts";

/** What is looked at. */
export interface Typed {
  readonly workspace: Pick<Workspace, "routes" | "transforms" | "schemas">;
  readonly files: readonly WorkspaceFile[];
}

/** Tells of all that the analysis of every transform and of every route's condition finds. */
export function checkTypes({ workspace, files }: Typed, tell: Tell): void {
  const { routes, transforms, schemas } = workspace;
  const named = new Map([...schemas.values()].map(({ name, schema }) => [name, schema]));
  const partOf = (name: string | undefined): SchemaPart | undefined => part(name, schemas, named);
  const whens = new Map<string, string[]>();
  const enriched = new Set<string>();
  const batched = new Set<string>();
  for (const { transform, when, lookups, file } of routes.values()) {
    if (transform === undefined) continue;
    if (file.batch !== undefined) batched.add(transform.name);
    if (lookups !== undefined) enriched.add(transform.name);
    whens.set(transform.name, [...(whens.get(transform.name) ?? []), when?.source ?? "true"]);
  }
  for (const { name, rule, file } of transforms.values()) {
    const path = files.find(
      (one) => one.folder === "transforms" && one.name === name && one.format === "jsonata",
    )?.path;
    if (path === undefined) continue;
    const surroundings = {
      whens: whens.get(name) ?? [],
      tree: treeOf(rule),
      isEnriched: enriched.has(name),
      isBatched: batched.has(name),
    };
    const { problems } = analyse(rule.source, partOf(file.input), partOf(file.output), surroundings);
    for (const problem of problems) tellOf(problem, path, problem, tell);
  }
  for (const { name, when, transform, lookups } of routes.values()) {
    const input = partOf(transform?.file.input);
    const file = files.find((one) => one.folder === "routes" && one.name === name);
    if (when === undefined || file === undefined) continue;
    const problems = analyseCondition(when.source, input, { isEnriched: lookups !== undefined });
    const document = problems.length === 0 ? undefined : openYaml(file, () => undefined)?.document;
    for (const problem of problems)
      if (document !== undefined) tellOf(problem, file.path, document.within("/when", problem), tell);
  }
}

function tellOf({ code, severity, message, fix }: TypeProblem, file: string, place: Place, tell: Tell): void {
  tell(file, { line: place.line, column: place.column }, code, message, fix, severity);
}

function part(
  name: string | undefined,
  schemas: ReadonlyMap<string, Schema>,
  named: ReadonlyMap<string, unknown>,
): SchemaPart | undefined {
  const schema = name === undefined ? undefined : schemas.get(name)?.schema;
  return schema === undefined ? undefined : wholeSchema(schema, named);
}

/** What a route makes of what: each target field with its expression and its source fields, and what is lost on the way. */
import { pointerKeys } from "../core/schema-walk.ts";
import { innermost, madeFields } from "../language/mapping.ts";
import type { Making } from "../language/mapping.ts";
import { analyse, describe, typeAt, wholeSchema } from "../language/typing/analyse.ts";
import type { SchemaPart } from "../language/typing/analyse.ts";
import { measure, outermost } from "./coverage.ts";
import type { CoveredFields } from "./coverage.ts";
import { routeOf, runCases } from "./cases.ts";
import { fieldsOf } from "./schema-fields.ts";
import type { Case, Route, Workspace } from "./workspace.ts";

/** A field of the result. Paths are as people write them: `lines[].price`. */
export interface TargetField {
  readonly path: string;
  readonly isRequired: boolean;
  /** In words; undefined where nothing is known. */
  readonly type: string | undefined;
  readonly makings: readonly Making[];
  readonly from: readonly string[];
  /** JSON, of the first case that makes it. */
  readonly example: string | undefined;
}

/** A field of the body. */
export interface SourceField {
  readonly path: string;
  readonly type: string | undefined;
  /** Fields of the result. */
  readonly into: readonly string[];
  /** What else reads it: `when`, `target`. */
  readonly decides: readonly string[];
  readonly example: string | undefined;
}

export interface Mapping {
  readonly route: Route;
  readonly made: readonly TargetField[];
  readonly read: readonly SourceField[];
  /** The outermost that nobody reads; undefined where neither a schema nor a case tells which fields there are. */
  readonly lost: readonly string[] | undefined;
  readonly cases: readonly Case[];
}

/** The mappings of all routes, by name. Runs the cases, to see what is read. */
export async function mappingsOf(workspace: Workspace): Promise<readonly Mapping[]> {
  const measuring = measure(workspace);
  await runCases(workspace, measuring.running);
  const covered = new Map(measuring.coverage().fields.map((fields) => [fields.transform, fields]));
  const routes = [...workspace.routes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return routes.map((route) => mappingOf(route, workspace, covered.get(route.transform?.name ?? "")));
}

function mappingOf(route: Route, workspace: Workspace, covered: CoveredFields | undefined): Mapping {
  const { transform, when } = route;
  const { schemas } = workspace;
  const named = new Map([...schemas.values()].map(({ name, schema }) => [name, schema]));
  const part = (name: string | undefined): SchemaPart | undefined => {
    const schema = name === undefined ? undefined : schemas.get(name)?.schema;
    return schema === undefined ? undefined : wholeSchema(schema, named);
  };
  const input = part(transform?.input?.name);
  const cases = (transform?.cases ?? []).filter((one) => {
    const its = routeOf(one, transform!, workspace);
    return its === undefined || its.name === route.name;
  });
  const readIn = (expressions: readonly string[]): string[] =>
    innermost(expressions.flatMap((one) => analyse(one, input, undefined).reads)).filter(isOfBody);
  const decides: [string, readonly string[]][] = [
    ["when", readIn(when === undefined ? [] : [when.source])],
    ["target", readIn(partsIn(route.target.file))],
  ];
  const made =
    transform === undefined ? [] : targetFields(transform.rule.source, route, workspace, input, cases);
  const ruleReads = transform === undefined ? [] : analyse(transform.rule.source, input, undefined).reads;
  const paths = innermost([...ruleReads.filter(isOfBody), ...decides.flatMap(([, reads]) => reads)]);
  const givens = cases.filter(({ expected }) => expected.kind !== "error").map(({ payload }) => payload);
  const body = input && typeIn(input);
  const read = paths.map((path) => ({
    path,
    type: body && body(path),
    into: made.filter(({ from }) => from.includes(path)).map((one) => one.path),
    decides: decides.filter(([, reads]) => reads.includes(path)).map(([what]) => what),
    example: firstOf(givens, path.split(".")),
  }));
  return { route, made, read, lost: lostOf(route, workspace, covered, paths), cases };
}

/** Of the event itself, not of `$event`. */
const isOfBody = (path: string): boolean => path !== "" && !path.startsWith("$");

/** The `{{ … }}` parts of a target's texts; as JSON its variables are names. */
function partsIn(file: unknown): string[] {
  return [...JSON.stringify(file).matchAll(/\{\{(.*?)\}\}/g)].map(([, text]) =>
    String(JSON.parse(`"${text}"`)).trim(),
  );
}

function targetFields(
  source: string,
  { transform, when }: Route,
  { schemas }: Workspace,
  input: SchemaPart | undefined,
  cases: readonly Case[],
): TargetField[] {
  const analysis = analyse(source, input, undefined, { whens: [when?.source ?? "true"] });
  const results = cases.flatMap(({ expected }) => (expected.kind === "result" ? [expected.value] : []));
  const schema = transform?.output && schemas.get(transform.output.name)?.schema;
  const declared = fieldsOf(schema, schemas);
  const known = new Map(declared.map(({ path, required }) => [path, required]));
  for (const result of results)
    for (const path of pathsIn(result)) if (!known.has(path)) known.set(path, false);
  const all = [...known].map(([path, isRequired]) => ({ keys: pointerKeys(path), isRequired }));
  const leaves = all.filter(({ keys }) => !all.some((other) => isBelow(other.keys, keys)));
  const fields = madeFields(
    source,
    analysis,
    leaves.map(({ keys }) => keys),
  );
  return leaves.flatMap(({ keys, isRequired }, at) => {
    const { makings, reads } = fields[at]!;
    const type = typeAt(analysis.makes, keys);
    const example = firstOf(results, keys);
    // What the rule never makes is told by the schema, not here.
    if (makings.every(({ isAround }) => isAround) && example === undefined && !isRequired) return [];
    return [
      {
        path: pathText(keys),
        isRequired,
        type: type.isAny ? undefined : describe({ ...type, nothing: undefined }, 1),
        makings,
        from: reads.filter(isOfBody),
        example,
      },
    ];
  });
}

const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  path.length > above.length && above.every((key, at) => path[at] === key);

/** JSON Pointers of all fields, `*` for items. */
function pathsIn(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsIn(item, `${path}/*`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    const at = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return [at, ...pathsIn(one, at)];
  });
}

/** `lines[].price`. */
export function pathText(keys: readonly string[]): string {
  let text = "";
  for (const key of keys)
    if (key === "*") text += "[]";
    else text += (text === "" ? "" : ".") + (/^[A-Za-z_]\w*$/.test(key) ? key : `\`${key}\``);
  return text;
}

function typeIn(input: SchemaPart): (path: string) => string | undefined {
  const { makes } = analyse("$", input, undefined);
  return (path) => {
    const type = typeAt(makes, path.split(".").map(bare));
    return type.isAny ? undefined : describe({ ...type, nothing: undefined }, 0);
  };
}

const bare = (key: string): string => key.replaceAll("`", "");

/** UTF-16 units of an example. */
const EXAMPLE = 60;

/** The first value at a path in any of the values, as JSON; lists are gone into at every step. */
function firstOf(values: readonly unknown[], keys: readonly string[]): string | undefined {
  for (const value of values) {
    const found = valueAt(value, keys.map(bare));
    if (found === undefined || found === null) continue;
    const text = JSON.stringify(found);
    return text.length > EXAMPLE ? `${text.slice(0, EXAMPLE - 1)}…` : text;
  }
  return undefined;
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = valueAt(item, key === "*" ? rest : keys);
      if (found !== undefined && found !== null) return found;
    }
    return undefined;
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return valueAt((value as Readonly<Record<string, unknown>>)[key], rest);
}

/** Fields that there are, and that neither the rule's text nor what its cases ran reads. A body that goes on as it is loses nothing. */
function lostOf(
  { transform }: Route,
  { schemas }: Workspace,
  covered: CoveredFields | undefined,
  paths: readonly string[],
): string[] | undefined {
  if (transform === undefined) return [];
  const schema = transform.input && schemas.get(transform.input.name)?.schema;
  const declared = fieldsOf(schema, schemas).map(({ path }) => path);
  if (declared.length === 0) return covered?.neverRead.map((path) => pathText(pointerKeys(path)));
  const ran = new Set(covered?.read ?? []);
  const isRead = (pointer: string): boolean => {
    if (ran.has(pointer)) return true;
    const path = pointerKeys(pointer)
      .filter((key) => key !== "*")
      .map((key) => pathText([key]))
      .join(".");
    return paths.some((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`));
  };
  return outermost(declared.filter((path) => !isRead(path))).map((path) => pathText(pointerKeys(path)));
}

/** What only shows when all files are known: cases that cannot be run, and files that nothing uses. */
import type { RouteFile } from "../core/route.ts";
import { pointerStep } from "../core/schema-walk.ts";
import { didYouMean } from "../core/suggest.ts";
import { lookupsIn } from "../language/lookups.ts";
import type { WorkspaceFile } from "./files.ts";
import { START } from "./problem.ts";
import type { Tell } from "./problem.ts";
import { referredBy } from "./schemas.ts";
import type { LoadedTransform } from "./transforms.ts";
import type { Case, Schema, Source } from "./workspace.ts";

/** Errors that a case may expect whose payload does not fit the input schema, or need not. */
const BEFORE_INPUT = ["TRANSFORM_INPUT_INVALID", "TRANSFORM_WHEN_FAILED"];

/** Tells of cases whose payloads do not fit the input schema and, where all routes are known, of those whose route cannot be told. */
export function checkCases(
  loaded: LoadedTransform,
  routes: ReadonlyMap<string, RouteFile> | undefined,
  tell: Tell,
): void {
  const { name, file, input, opened, cases } = loaded;
  if (opened === undefined) return;
  const using = [...(routes ?? [])].filter(([, { transform }]) => transform === name).map(([route]) => route);
  for (const [index, one] of file.cases.entries()) {
    const pointer = `/cases/${index}`;
    const fault = routes && routeFault(one, using);
    const place = opened.document.place(one.route === undefined ? pointer : `${pointer}/route`);
    if (fault !== undefined) tell(opened.path, place, "RULE_CASE_ROUTE_UNKNOWN", fault);
    const readable = cases[index];
    tellUnread(one.enrich, loaded, pointer, tell);
    if (input === undefined || readable === undefined || !mustFit(readable)) continue;
    const [problem] = input.validate(readable.payload);
    if (problem === undefined) continue;
    const body =
      one.given !== undefined
        ? `/given${problem.path}`
        : one.event !== undefined
          ? `/event/body${problem.path}`
          : "/file";
    const said = `The case's body does not satisfy schema \`${input.name}\`: ${problem.message}.`;
    tell(opened.path, opened.document.place(pointer + body), "RULE_CASE_INVALID", said);
  }
}

/** What a case gives for `$enrich` and the rule does not read is a mistyped name. */
function tellUnread(
  given: Readonly<Record<string, unknown>> | undefined,
  { opened, transform }: LoadedTransform,
  pointer: string,
  tell: Tell,
): void {
  if (given === undefined || transform === undefined || opened === undefined) return;
  const read = lookupsIn(transform.rule.source).map(({ name }) => name);
  if (read.includes(undefined)) return;
  for (const name of Object.keys(given)) {
    if (read.includes(name)) continue;
    const known = read.filter((one) => one !== undefined);
    const said = `The rule reads no \`$enrich.${name}\`.${didYouMean(name, known)}`;
    tell(
      opened.path,
      opened.document.place(`${pointer}/enrich${pointerStep(name)}`, "key"),
      "RULE_CASE_INVALID",
      said,
    );
  }
}

function mustFit({ expected }: Case): boolean {
  if (expected.kind === "error") return !BEFORE_INPUT.includes(expected.code);
  return expected.kind !== "filtered";
}

function routeFault(
  { route, filtered }: { route?: string | undefined; filtered?: true | undefined },
  using: readonly string[],
): string | undefined {
  if (route !== undefined) {
    return using.includes(route)
      ? undefined
      : `No route \`${route}\` uses this transform.${didYouMean(route, using)}`;
  }
  if (filtered === undefined || using.length === 1) return undefined;
  return using.length === 0
    ? "Only a route filters, and none uses this transform."
    : `Only a route filters, and ${using.length} use this transform.`;
}

/** What the files of a workspace use of one another. */
export interface Uses {
  readonly files: readonly WorkspaceFile[];
  readonly routes: ReadonlyMap<string, RouteFile>;
  readonly transforms: readonly LoadedTransform[];
  readonly sources: readonly Source[];
  readonly schemas: ReadonlyMap<string, Schema>;
}

/** Warns of files that nothing uses; where there are no routes yet, of none that only routes use. */
export function checkUnused({ files, routes, transforms, sources, schemas }: Uses, tell: Tell): void {
  const ends = [...routes.values()];
  const used: Readonly<Record<string, ReadonlySet<string | undefined>>> = {
    sources: new Set(ends.map(({ source }) => source)),
    transforms: new Set([
      ...ends.flatMap(({ transform, shadow, canary }) => [transform, shadow, canary?.transform]),
      ...sources.map(({ file }) => file.respond?.transform),
    ]),
    targets: new Set(
      ends.flatMap(({ target, gate, enrich }) => [
        target,
        gate?.notify,
        ...Object.values(enrich ?? {}).map((one) => one.target),
      ]),
    ),
    schemas: new Set([
      ...transforms.flatMap(({ file }) => [file.input, file.output]),
      ...ends.map(({ expect }) => expect?.schema),
      ...sources.flatMap((source) => source.schemas.map(({ name }) => name)),
      ...[...schemas.values()].flatMap(referredBy),
    ]),
  };
  const told = new Set<string>();
  for (const { folder, name, path } of files) {
    if (folder === "routes" || (folder !== "schemas" && routes.size === 0)) continue;
    if (used[folder]?.has(name) !== false || told.has(`${folder}/${name}`)) continue;
    told.add(`${folder}/${name}`);
    const users = { schemas: "transform, source, route or schema names", transforms: "route or source uses" };
    const user = users[folder as keyof typeof users] ?? "route uses";
    tell(path, START, "RULE_UNUSED", `No ${user} ${folder.slice(0, -1)} \`${name}\`.`);
  }
}

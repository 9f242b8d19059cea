/** The cases of a transform's YAML file, with their payloads read. */
import { posix } from "node:path";
import { errorTable, isErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { didYouMean } from "../core/suggest.ts";
import type { TransformFile } from "../core/transform.ts";
import { readText } from "./files.ts";
import type { Budgets } from "../language/budgets.ts";
import { compileExpression } from "../language/expression.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { readJson } from "./read.ts";
import type { Assertion, Case } from "./workspace.ts";

type CaseFile = TransformFile["cases"][number];

/** All cases by their index, undefined for one that cannot be run; what is wrong is told. */
export async function loadCases(
  cases: readonly CaseFile[],
  opened: Opened,
  dir: string,
  budgets: Budgets,
  tell: Tell,
): Promise<(Case | undefined)[]> {
  const loaded = cases.map(async (one, index): Promise<Case | undefined> => {
    const pointer = `/cases/${index}`;
    const expected = await expectedOf(one, pointer, opened, dir, tell);
    const payload = await payloadOf(one, pointer, opened, dir, tell);
    const assertions = assertionsOf(one, pointer, opened, budgets, tell);
    if (expected === undefined || payload === undefined || assertions === undefined) return undefined;
    const { name, route } = one;
    const place = opened.document.place(pointer);
    return {
      ...{ name, index, file: opened.path, ...place },
      payload: payload.value,
      event: contextOf(one.event),
      enrich: one.enrich ?? {},
      ...{ route, expected, assertions },
    };
  });
  return Promise.all(loaded);
}

async function expectedOf(
  { expect, expectFile, filtered, error }: CaseFile,
  pointer: string,
  opened: Opened,
  dir: string,
  tell: Tell,
): Promise<Case["expected"] | undefined> {
  if (filtered !== undefined) return { kind: "filtered" };
  if (expect !== undefined) return { kind: "result", value: expect };
  if (expectFile !== undefined) {
    const read = await jsonFile(expectFile, `${pointer}/expectFile`, opened, dir, tell);
    return read && { kind: "result", value: read.value, file: read.path };
  }
  if (error === undefined) return { kind: "any" };
  if (isErrorCode(error)) return { kind: "error", code: error };
  const hint = didYouMean(
    error,
    Object.keys(errorTable).filter((code) => code.startsWith("TRANSFORM_")),
  );
  tell(
    opened.path,
    opened.document.place(`${pointer}/error`),
    "RULE_VALUE_INVALID",
    `There is no error code \`${error}\`.${hint}`,
  );
  return undefined;
}

async function payloadOf(
  { given, file, event }: CaseFile,
  pointer: string,
  opened: Opened,
  dir: string,
  tell: Tell,
): Promise<{ readonly value: unknown } | undefined> {
  if (file === undefined) return { value: event === undefined ? given : (event.body ?? null) };
  return jsonFile(file, `${pointer}/file`, opened, dir, tell);
}

/** A JSON file that a case names; undefined where it cannot be read, which is told at the name. */
async function jsonFile(
  file: string,
  pointer: string,
  opened: Opened,
  dir: string,
  tell: Tell,
): Promise<{ readonly value: unknown; readonly path: string } | undefined> {
  const path = posix.join(posix.dirname(opened.path), file);
  const place = opened.document.place(pointer);
  const text = await readText(dir, path, (_, __, ___, message) => {
    tell(opened.path, place, "RULE_CASE_FILE_MISSING", message);
  });
  if (text === undefined) return undefined;
  const read = readJson(text);
  if (read.ok) return { value: read.document.value, path };
  for (const { code, message, ...inner } of read.problems) tell(path, inner, code, message);
  return undefined;
}

function assertionsOf(
  { assert = [] }: CaseFile,
  pointer: string,
  opened: Opened,
  budgets: Budgets,
  tell: Tell,
): readonly Assertion[] | undefined {
  const { document, path } = opened;
  const assertions = assert.map((source, index): Assertion | undefined => {
    const at = `${pointer}/assert/${index}`;
    const compiled = compileExpression(source, budgets, { variables: ["output"] });
    for (const { code, message, fix, ...inner } of compiled.ok ? compiled.warnings : compiled.problems)
      tell(path, document.within(at, inner), code, message, fix);
    return compiled.ok ? { expression: compiled.expression, ...document.place(at) } : undefined;
  });
  return assertions.some((one) => one === undefined) ? undefined : (assertions as Assertion[]);
}

function contextOf(event: CaseFile["event"]): Partial<EventContext> {
  if (event === undefined) return {};
  const { type, source, receivedAt, id, headers, query } = event;
  const lowered = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const fields = Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]);
  return {
    ...(type !== undefined && { type }),
    ...(source !== undefined && { source }),
    ...(receivedAt !== undefined && { receivedAt: new Date(receivedAt).toISOString() }),
    ...(id !== undefined && { id: id as EventContext["id"] }),
    ...(headers && { headers: Object.fromEntries(lowered) as Record<string, string> }),
    ...(query && { query: Object.fromEntries(fields) as Record<string, string> }),
  };
}

/** The cases of a transform's YAML file, with their payloads read. */
import { posix } from "node:path";
import { errorTable, isErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { didYouMean } from "../core/suggest.ts";
import type { TransformFile } from "../core/transform.ts";
import { readText } from "./files.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { readJson } from "./read.ts";
import type { Case } from "./workspace.ts";

type CaseFile = TransformFile["cases"][number];

/** All cases by their index, undefined for one that cannot be run; what is wrong is told. */
export async function loadCases(
  cases: readonly CaseFile[],
  opened: Opened,
  dir: string,
  tell: Tell,
): Promise<(Case | undefined)[]> {
  const loaded = cases.map(async (one, index): Promise<Case | undefined> => {
    const pointer = `/cases/${index}`;
    const expected = expectedOf(one, pointer, opened, tell);
    const payload = await payloadOf(one, pointer, opened, dir, tell);
    if (expected === undefined || payload === undefined) return undefined;
    const { name, route } = one;
    const place = opened.document.place(pointer);
    return {
      name,
      file: opened.path,
      ...place,
      payload: payload.value,
      event: contextOf(one.event),
      enrich: one.enrich ?? {},
      route,
      expected,
    };
  });
  return Promise.all(loaded);
}

function expectedOf(
  { expect, error }: CaseFile,
  pointer: string,
  opened: Opened,
  tell: Tell,
): Case["expected"] | undefined {
  if (error === undefined)
    return expect === undefined ? { kind: "filtered" } : { kind: "result", value: expect };
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
  const path = posix.join(posix.dirname(opened.path), file);
  const place = opened.document.place(`${pointer}/file`);
  const text = await readText(dir, path, (_, __, ___, message) => {
    tell(opened.path, place, "RULE_CASE_FILE_MISSING", message);
  });
  if (text === undefined) return undefined;
  const read = readJson(text);
  if (read.ok) return { value: read.document.value };
  for (const { code, message, ...inner } of read.problems) tell(path, inner, code, message);
  return undefined;
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

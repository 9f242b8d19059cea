/** Makes a case of an event: what came, without personal data, and what the rule makes of it today. */
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SignalboxError } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { redacted } from "../core/redaction.ts";
import type { Redacted } from "../core/redaction.ts";
import { applyRoute } from "./apply.ts";
import { caseContext } from "./cases.ts";
import { appendedYaml } from "./read.ts";
import type { Route, Transform, Workspace } from "./workspace.ts";

/** What is captured. */
export interface Captured {
  readonly body: unknown;
  readonly context: Pick<EventContext, "type" | "receivedAt" | "headers" | "query">;
  readonly transform: Transform;
  readonly route: Route | undefined;
  /** Of the case. */
  readonly name: string;
  /** JSON Pointers of what else is to be taken out. */
  readonly redact: readonly string[];
}

export interface MadeCase {
  /** Relative to the workspace. */
  readonly files: readonly string[];
  readonly taken: Redacted["taken"];
  readonly outcome: "expect" | "filtered" | "error";
}

/** Larger bodies and results get files of their own. */
const INLINE_BYTES = 1_500;

/** Appends the case to the transform's YAML file, which is made where there is none; its comments stay. */
export async function captureCase(captured: Captured, { dir, routes }: Workspace): Promise<MadeCase> {
  const { name, transform, route, redact } = captured;
  const { value: body, taken } = redacted(captured.body, redact);
  const event = eventOf(captured, redact);
  const { when } = route ?? {};
  const context = caseContext({ event }, route);
  const parts = { ...(when && route && { name: route.name, when }), transform };
  const outcome = await applyRoute(parts, body, context).catch((error: unknown) => {
    if (error instanceof SignalboxError) return error;
    throw error;
  });
  const stem = `cases/${transform.name}-${slugOf(name)}`;
  const files: string[] = [];
  const put = async (path: string, value: unknown): Promise<string> => {
    const file = `transforms/${path}`;
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), `${JSON.stringify(value, null, 2)}\n`, { flag: "wx" });
    files.push(file);
    return path;
  };
  const isPlain = Object.keys(event).length === 0;
  const using = [...routes.values()].filter((one) => one.transform?.name === transform.name);
  const given = isPlain
    ? isLarge(body)
      ? { file: await put(`${stem}.json`, body) }
      : { given: body }
    : { event: { ...event, body } };
  const { kind, expected } = await expectedOf(outcome, async (result) =>
    isLarge(result) ? { expectFile: await put(`${stem}.expected.json`, result) } : { expect: result },
  );
  const item = { name, ...given, ...(using.length > 1 && route && { route: route.name }), ...expected };
  const path = await yamlOf(transform.name, dir);
  const text = await readFile(join(dir, path), "utf8").catch(() => "");
  await writeFile(join(dir, path), appendedYaml(text, "cases", item));
  return { files: [path, ...files], taken, outcome: kind };
}

/** What the rule may look at besides the body: nothing that it does not name. */
function eventOf({ context, transform, route }: Captured, redact: readonly string[]): Partial<EventContext> {
  const sources = [transform.rule.source, route?.when?.source ?? ""].join("\n");
  const usual = route?.file.on.find((pattern) => !pattern.includes("*")) ?? "";
  const { headers, query } = redacted({ headers: context.headers, query: context.query }, redact)
    .value as Pick<EventContext, "headers" | "query">;
  return {
    ...(/\btype\b/.test(sources) && context.type !== usual && { type: context.type }),
    ...(/\$now|\$millis|receivedAt/.test(sources) && { receivedAt: context.receivedAt }),
    ...(/\bheaders\b/.test(sources) && { headers }),
    ...(/\bquery\b/.test(sources) && { query }),
  };
}

async function expectedOf(
  outcome: Awaited<ReturnType<typeof applyRoute>> | SignalboxError,
  ofResult: (result: unknown) => Promise<object>,
): Promise<{ readonly kind: MadeCase["outcome"]; readonly expected: object }> {
  if (outcome instanceof SignalboxError) return { kind: "error", expected: { error: outcome.code } };
  if (outcome.filtered) return { kind: "filtered", expected: { filtered: true } };
  return { kind: "expect", expected: await ofResult(outcome.result) };
}

const isLarge = (value: unknown): boolean => JSON.stringify(value).length > INLINE_BYTES;

const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 50) || "case";

async function yamlOf(name: string, dir: string): Promise<string> {
  const other = `transforms/${name}.yml`;
  return (await stat(join(dir, other)).catch(() => undefined)) === undefined
    ? `transforms/${name}.yaml`
    : other;
}

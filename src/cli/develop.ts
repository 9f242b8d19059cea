/** What `signalbox dev` does; in a file of its own, so that the other commands need not load the router. */
import { SignalboxError } from "../core/errors.ts";
import { contextOf, type EventContext } from "../core/event.ts";
import type { Router } from "../main.ts";
import { applyToOne } from "../rules/apply.ts";
import { runCases } from "../rules/cases.ts";
import { changedBetween, type Changed } from "../rules/changed.ts";
import { differencesOf } from "../rules/differences.ts";
import { watchFiles } from "../rules/watch.ts";
import type { Route, Workspace } from "../rules/workspace.ts";
import { call } from "./ask.ts";
import { note, out, paint } from "./print.ts";
import { serve, type Options } from "./serve.ts";
import { showCase } from "./test-cases.ts";
import { settingsOf } from "./options.ts";
import { problemLine } from "./problem-line.ts";

/** An event as the API tells it. */
type Captured = EventContext & { readonly body?: unknown };

/** Serves until it is told to stop. */
export async function develop(options: Options): Promise<void> {
  const { dir } = settingsOf(options);
  const { router } = await serve(options, () => nextChange(dir));
  let running: Promise<void> = Promise.resolve();
  watchFiles(dir, () => {
    running = running.then(() => follow(router)).catch((error: unknown) => note(String(error)));
  });
  out(paint.dim("Watching the files; Ctrl-C ends it."));
}

function nextChange(dir: string): Promise<void> {
  out(paint.dim("Waiting for the errors to be mended; Ctrl-C ends it."));
  return new Promise((resolve) => {
    const stop = watchFiles(dir, () => {
      stop();
      resolve();
    });
  });
}

/** Takes over what was saved, and shows what that does. */
async function follow(router: Router): Promise<void> {
  const began = performance.now();
  const before = router.workspace();
  const { state, revision, problems } = await router.reload();
  const now = router.workspace();
  for (const problem of problems) note(problemLine(problem));
  if (state === "refused")
    return out(paint.red(`Refused: revision ${revision} stays in force until the errors are mended.`));
  if (state === "unchanged" && problems.length > 0) return;
  const changed = changedBetween(before, now);
  const what = [
    ...changed.transforms.map((name) => `transform ${name}`),
    ...changed.routes.map((name) => `route ${name}`),
  ];
  out(paint.bold(`\nRevision ${revision} is in force: ${what.join(", ") || "no rule has changed"}.`));
  await runChangedCases(changed, now);
  for (const name of changed.routes) await showEffect(name, before, now, router);
  out(paint.dim(`Shown after ${Math.round(performance.now() - began)} ms.`));
}

async function runChangedCases({ transforms }: Changed, now: Workspace): Promise<void> {
  for (const transform of transforms) {
    const all = await runCases(now, { filter: transform });
    const cases = all.filter((one) => one.transform === transform);
    for (const one of cases) if (!one.ok) showCase(one);
    const passed = cases.filter(({ ok }) => ok).length;
    const text = `  ${transform}: ${passed} of ${cases.length} cases pass`;
    if (cases.length > 0) out(passed === cases.length ? paint.green(text) : paint.red(text));
    else if (now.transforms.has(transform)) out(paint.yellow(`  ${transform}: no cases`));
  }
}

/** The last event that the route took, by the rules before and by those in force. Nothing is sent. */
async function showEffect(name: string, before: Workspace, now: Workspace, router: Router): Promise<void> {
  const route = now.routes.get(name);
  const former = before.routes.get(name);
  if (route === undefined) return out(`  route ${name} is gone`);
  const event = await lastEvent(name, router);
  if (event === undefined)
    return out(
      paint.dim(`  route ${name}: no event yet; \`signalbox send ${route.file.source} <type>\` makes one`),
    );
  const [made, was] = await Promise.all([outcome(route, event), former && outcome(former, event)]);
  out(`  route ${name}, its last event ${event.id}:`);
  if (was === undefined) return out(`    ${textOf(made)}`);
  const differences = differencesOf(was, made);
  if (differences.length === 0) return out(paint.dim("    the same as before"));
  for (const { path, expected, actual } of differences) {
    out(`    ${path === "" ? "(whole)" : path}`);
    out(`      ${paint.red(`was ${textOf(expected)}`)}`);
    out(`      ${paint.green(`now ${textOf(actual)}`)}`);
  }
}

/** What a route makes of an event; a text where it makes nothing of it. */
async function outcome(route: Route, { body, ...context }: Captured): Promise<unknown> {
  // What a rule makes of the things that were looked up is seen in its cases.
  if (route.lookups !== undefined) return "looks things up first, which is not done here";
  try {
    const applied = await applyToOne(route, body, context);
    return applied.filtered ? "filtered: `when` is not true" : applied.result;
  } catch (error) {
    if (error instanceof SignalboxError) return `${error.code}: ${error.detail}`;
    throw error;
  }
}

async function lastEvent(route: string, { admin, localToken }: Router): Promise<Captured | undefined> {
  const reached = { base: admin ?? "", headers: { authorization: `Bearer ${localToken}` } };
  const get = async <T>(path: string): Promise<T | undefined> =>
    (await (await call(reached, path))?.json()) as T | undefined;
  const query = new URLSearchParams({ route, limit: "1" });
  const listed = await get<{ items: { id: string }[] }>(`/api/v1/events?${query.toString()}`);
  const [last] = listed?.items ?? [];
  const event = last && (await get<Captured>(`/api/v1/events/${last.id}`));
  if (event === undefined || event.body === undefined) return undefined;
  return { ...contextOf(event), body: event.body };
}

function textOf(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}

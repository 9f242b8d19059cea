/** Hookdeck's connections as sources, routes, transforms and targets. A route is written only where it passes what it passed there. */
import { all } from "./condition.ts";
import type { Condition } from "./condition.ts";
import { Unmapped } from "./condition.ts";
import { isFields, readHookdeck, textOf } from "./hookdeck-export.ts";
import type { Connection, Fields, Transformations } from "./hookdeck-export.ts";
import { filterOf } from "./hookdeck-filter.ts";
import { dedupeOf, retryOf } from "./hookdeck-rules.ts";
import { importSource } from "./hookdeck-sources.ts";
import { importTarget } from "./hookdeck-targets.ts";
import { draft as begin, readable } from "./plan.ts";
import type { Draft, Plan } from "./plan.ts";

const MAX_DELAY_SECONDS = 366 * 86_400;

/** Undefined where the value holds no connection. */
export function importHookdeck(value: unknown): Plan | undefined {
  const found = readHookdeck(value);
  if (found === undefined) return undefined;
  const draft = begin();
  for (const { label, reason } of found.unreadable) draft.tell("not", `connection ${label}`, reason);
  const sources = grouped(found.connections, ({ source }) => source);
  const targets = grouped(found.connections, ({ destination }) => destination);
  const sourceNames = new Map<string, string>();
  for (const [id, connections] of sources) {
    const name = draft.name("sources", textOf(connections[0]!.source["name"]) ?? id);
    sourceNames.set(id, name);
    importSource(connections[0]!.source, name, dedupeOf(connections, draft), draft);
  }
  const targetNames = new Map<string, string>();
  for (const [id, connections] of targets) {
    const name = draft.name("targets", textOf(connections[0]!.destination["name"]) ?? id);
    if (importTarget(connections[0]!.destination, name, retryOf(connections, draft), draft))
      targetNames.set(id, name);
  }
  const transforms = new Map<string, string>();
  for (const connection of found.connections)
    importRoute(connection, {
      source: sourceNames.get(idOf(connection.source))!,
      target: targetNames.get(idOf(connection.destination)),
      transformations: found.transformations,
      transforms,
      draft,
    });
  return draft.plan;
}

const idOf = (end: Fields): string => textOf(end["id"]) ?? textOf(end["name"]) ?? JSON.stringify(end);

function grouped(
  connections: readonly Connection[],
  end: (one: Connection) => Fields,
): Map<string, Connection[]> {
  const found = new Map<string, Connection[]>();
  for (const one of connections) found.set(idOf(end(one)), [...(found.get(idOf(end(one))) ?? []), one]);
  return found;
}

interface Making {
  readonly source: string;
  /** Undefined where its destination is none that could be written. */
  readonly target: string | undefined;
  readonly transformations: Transformations;
  /** Names here by the ids or texts there: connections may share one. */
  readonly transforms: Map<string, string>;
  readonly draft: Draft;
}

function importRoute(connection: Connection, making: Making): void {
  const { label, rules, isDisabled, isPaused } = connection;
  const { source, target, draft } = making;
  const what = `connection ${label}`;
  const transform = transformOf(rules, what, making);
  if (target === undefined)
    return draft.tell("not", what, "its destination could not be taken, so it has no route.");
  if (isDisabled)
    return draft.tell("nearly", what, "it is disabled there, so no route is written: it would deliver here.");
  let when: Condition | undefined;
  try {
    when = conditionOf(rules);
  } catch (error) {
    if (!(error instanceof Unmapped)) throw error;
    return draft.tell(
      "not",
      what,
      `its filter ${error.message}. A route without it would deliver what was filtered, so none is written.`,
    );
  }
  const unknown = rules.find(({ type }) => !KINDS.has(type));
  if (unknown !== undefined)
    return draft.tell(
      "not",
      what,
      `it has a rule of type ${String(unknown["type"])}, which is not known, so no route is written.`,
    );
  const delay = delayOf(rules, what, draft);
  const name = draft.name("routes", connection.name);
  const value = {
    source,
    ...(when && { when: readable(when.text) }),
    ...(transform !== undefined && { transform }),
    ...delay,
    target,
  };
  draft.yaml("routes", name, value, [`Imported from Hookdeck: connection ${label}.`]);
  draft.tell("taken", what, `route \`${name}\`.`);
  if (isPaused)
    draft.tell("nearly", what, `it is paused there. Here targets are paused: \`signalbox pause ${target}\`.`);
}

const KINDS: ReadonlySet<unknown> = new Set([
  "retry",
  "filter",
  "transform",
  "delay",
  "deduplicate",
  "alert",
]);
const PARTS = ["body", "headers", "query"] as const;
/** Shown by senders, and not kept with the event: rules never see them. */
const UNSEEN = /^(?:authorization|proxy-authorization|cookie|x-api-key|x-auth-token)$/;

/** All filters together; undefined where there is none. Throws Unmapped. */
function conditionOf(rules: readonly Fields[]): Condition | undefined {
  const filters = rules.filter(({ type }) => type === "filter");
  if (filters.length === 0) return undefined;
  const transform = rules.findIndex(({ type }) => type === "transform");
  if (transform >= 0 && rules.indexOf(filters.at(-1)!) > transform)
    throw new Unmapped("looks at what the transformation made, and `when` at what was received");
  const conditions = filters.flatMap((filter) => [
    ...PARTS.flatMap((part) => {
      const given = filter[part];
      if (given === undefined || given === null || isEmpty(given)) return [];
      return filterOf(part, part === "headers" ? lowered(given) : given);
    }),
    ...pathOf(filter["path"]),
  ]);
  return conditions.length === 0 ? undefined : all(conditions);
}

const isEmpty = (value: unknown): boolean => isFields(value) && Object.keys(value).length === 0;

/** Headers' names are in lower case here. */
function lowered(filter: unknown): unknown {
  if (!isFields(filter)) return Array.isArray(filter) ? filter.map(lowered) : filter;
  const entries = Object.entries(filter).map(([key, value]) => {
    if (key.startsWith("$")) return [key, lowered(value)];
    if (UNSEEN.test(key.toLowerCase()))
      throw new Unmapped(`reads the header ${key}, which is not kept with an event`);
    return [key.toLowerCase(), value];
  });
  return Object.fromEntries(entries) as Fields;
}

/** Every request comes to `/hooks/<source>`: a path behind a source's address is none. */
function pathOf(filter: unknown): [] {
  if (filter === undefined || filter === null || filter === "" || filter === "/" || isEmpty(filter))
    return [];
  throw new Unmapped("looks at the path behind the source's address, which there is not here");
}

function delayOf(rules: readonly Fields[], what: string, draft: Draft): Fields {
  const rule = rules.find(({ type }) => type === "delay");
  if (rule === undefined) return {};
  const delay = typeof rule["delay"] === "number" ? rule["delay"] / 1000 : Number.NaN;
  if (delay > 0 && delay <= MAX_DELAY_SECONDS) return { delay };
  if (delay !== 0) draft.tell("not", what, "its delay is no time from 1 ms to 366 days.");
  return {};
}

/** The transform's name; its JavaScript stands in it as a comment, since nothing can translate it. */
function transformOf(rules: readonly Fields[], what: string, making: Making): string | undefined {
  const found = rules.filter(({ type }) => type === "transform");
  const names = found.map((rule) => writeTransform(rule, what, making));
  if (names.length > 1)
    making.draft.tell(
      "not",
      what,
      `a route has one transform: ${names.slice(1).join(", ")} must become part of ${names[0]}.`,
    );
  return names[0];
}

function writeTransform(rule: Fields, what: string, { transformations, transforms, draft }: Making): string {
  const id = textOf(rule["transformation_id"]);
  const given = isFields(rule["transformation"]) ? rule["transformation"] : undefined;
  const known = given ?? (id === undefined ? undefined : transformations.get(id));
  const code = textOf(known?.["code"]);
  const key = id ?? code ?? what;
  const there = transforms.get(key);
  if (there !== undefined) return there;
  const label = textOf(known?.["name"]) ?? id ?? "unnamed";
  const name = draft.name("transforms", label);
  transforms.set(key, name);
  const body =
    code === undefined
      ? "Its JavaScript is not in the export: `GET /transformations` has it."
      : code.replaceAll("*/", "* /").replaceAll("\r", "");
  draft.rule(name, `/* TODO rewrite in JSONata: until then the body goes on unchanged.\n\n${body}\n*/\n$\n`);
  const secrets = isFields(known?.["env"]) && Object.keys(known["env"]).length > 0;
  draft.tell(
    "not",
    `transformation ${label}`,
    `it is JavaScript: rewrite transforms/${name}.jsonata, which passes the body on unchanged until then${secrets ? "; rules have no variables, so what it took from its environment belongs into the target" : ""}.`,
  );
  return name;
}

/**
 * Reads what Hookdeck hands out: connections as its API and its command line print them (a list, `{ models }`, or one), with
 * transformations beside them where wanted, and Terraform's state of its provider as JSON. Unknown forms are told, not guessed.
 */

/** A JSON object that others wrote. */
export type Fields = Readonly<Record<string, unknown>>;

/** A connection with its ends. */
export interface Connection {
  /** `source -> name`, or the id. */
  readonly label: string;
  readonly name: string;
  readonly source: Fields;
  readonly destination: Fields;
  readonly rules: readonly Fields[];
  readonly isDisabled: boolean;
  readonly isPaused: boolean;
}

/** JavaScript that rules refer to, by its id and by its name. */
export type Transformations = ReadonlyMap<string, Fields>;

export interface HookdeckExport {
  readonly connections: readonly Connection[];
  readonly transformations: Transformations;
  /** Connections that lack an end or are none, with the reason. */
  readonly unreadable: readonly { readonly label: string; readonly reason: string }[];
}

/** Undefined where the file holds no connection at all. */
export function readHookdeck(value: unknown): HookdeckExport | undefined {
  const given = isFields(value) ? (terraform(value) ?? value) : value;
  const connections = listed(given, "connections");
  if (connections === undefined) return undefined;
  const beside = isFields(given) ? given : {};
  const named = (key: string): Map<string, Fields> => byId(listed(beside[key], key) ?? []);
  const [sources, destinations] = [named("sources"), named("destinations")];
  const unreadable: { label: string; reason: string }[] = [];
  const read = connections.flatMap((one, at) => {
    const label = isFields(one) ? labelOf(one, at) : `connection ${at + 1}`;
    const refuse = (reason: string): [] => (unreadable.push({ label, reason }), []);
    if (!isFields(one)) return refuse("it is no object.");
    const source = endOf(one, "source", sources);
    const destination = endOf(one, "destination", destinations);
    if (source === undefined) return refuse("the export does not hold its source.");
    if (destination === undefined) return refuse("the export does not hold its destination.");
    return {
      label,
      name: textOf(one["name"]) ?? textOf(destination["name"]) ?? label,
      source,
      destination,
      rules: (Array.isArray(one["rules"]) ? (one["rules"] as unknown[]) : []).map(plainRule),
      isDisabled: isSet(one["disabled_at"]),
      isPaused: isSet(one["paused_at"]),
    };
  });
  return { connections: read, transformations: named("transformations"), unreadable };
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

/** Of a list, of a page `{ models }`, of an object that holds either at the key, or of a single thing. */
function listed(value: unknown, key: string): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isFields(value)) return undefined;
  if (Array.isArray(value["models"])) return value["models"];
  if (value[key] !== undefined) return listed(value[key], key);
  const isOne = isFields(value["source"]) || typeof value["source_id"] === "string";
  return key === "connections" && isOne ? [value] : undefined;
}

function endOf(connection: Fields, end: string, known: ReadonlyMap<string, Fields>): Fields | undefined {
  const own = connection[end];
  if (isFields(own)) return own;
  const id = textOf(connection[`${end}_id`]);
  return id === undefined ? undefined : known.get(id);
}

function labelOf(connection: Fields, at: number): string {
  const known = ["full_name", "name", "id"].map((key) => textOf(connection[key]));
  return known.find((one) => one !== undefined) ?? `connection ${at + 1}`;
}

function byId(all: readonly unknown[]): Map<string, Fields> {
  const found = new Map<string, Fields>();
  for (const one of all) {
    if (!isFields(one)) continue;
    for (const key of ["name", "id"]) {
      const name = textOf(one[key]);
      if (name !== undefined) found.set(name, one);
    }
  }
  return found;
}

/** `terraform show -json` and the state file: resources of Hookdeck's provider, in the form of its API. */
function terraform(value: Fields): Fields | undefined {
  const resources = [...resourcesIn(value)];
  const of = (kind: RegExp): Fields[] =>
    resources.filter(({ type }) => kind.test(type)).map(({ values }) => withConfig(values));
  const connections = of(/^hookdeck_(?:gateway_)?connection$/);
  if (connections.length === 0) return undefined;
  return {
    connections,
    sources: of(/^hookdeck_(?:gateway_)?source$/),
    destinations: of(/^hookdeck_(?:gateway_)?destination$/),
    transformations: of(/^hookdeck_(?:gateway_)?transformation$/),
  };
}

interface Resource {
  readonly type: string;
  readonly values: Fields;
}

function* resourcesIn(value: Fields, depth = 0): Generator<Resource> {
  if (depth > 20) return;
  for (const key of ["values", "root_module"]) {
    const inner = value[key];
    if (isFields(inner)) yield* resourcesIn(inner, depth + 1);
  }
  for (const inner of Array.isArray(value["child_modules"]) ? (value["child_modules"] as unknown[]) : [])
    if (isFields(inner)) yield* resourcesIn(inner, depth + 1);
  for (const one of Array.isArray(value["resources"]) ? (value["resources"] as unknown[]) : []) {
    if (!isFields(one) || typeof one["type"] !== "string") continue;
    if (isFields(one["values"])) yield { type: one["type"], values: one["values"] };
    for (const instance of Array.isArray(one["instances"]) ? (one["instances"] as unknown[]) : [])
      if (isFields(instance) && isFields(instance["attributes"]))
        yield { type: one["type"], values: instance["attributes"] };
  }
}

/** Terraform keeps `config` as a text of JSON. */
function withConfig(values: Fields): Fields {
  return typeof values["config"] === "string" ? { ...values, config: parsed(values["config"]) } : values;
}

/** `{ filter_rule: { body: { json } } }` of Terraform as `{ type: "filter", body }` of the API; others as they are. */
function plainRule(rule: unknown): Fields {
  if (!isFields(rule)) return { type: "unreadable" };
  if (typeof rule["type"] === "string") return rule;
  const [[key, inner] = ["", undefined]] = Object.entries(rule).filter(([, one]) => isFields(one));
  const kind = /^(\w+)_rule$/.exec(key)?.[1];
  if (kind === undefined || !isFields(inner)) return { type: "unreadable" };
  if (kind !== "filter") return { type: kind, ...inner };
  const parts = Object.entries(inner).filter(([, part]) => isFields(part));
  return { type: kind, ...Object.fromEntries(parts.map(([name, part]) => [name, given(part as Fields)])) };
}

function given(part: Fields): unknown {
  if (typeof part["json"] === "string") return parsed(part["json"]);
  return Object.values(part).find((value) => value !== null && value !== undefined);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

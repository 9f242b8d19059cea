/**
 * The language of places in a request: `header:x`, `query:x`, `form:x`, `json:a.b[0]`, `text:fixed`, `member:a,b` (the
 * first of these names that the body has); `a | b`: the first that is there.
 */
import type { Request } from "../core/event.ts";

/** A request whose parts are parsed when first asked for. */
export interface Opened {
  readonly request: Request;
  /** The body as JSON; undefined where it is none. */
  readonly json: () => unknown;
  /** The body as form fields. */
  readonly form: () => URLSearchParams;
}

/** Opens a request; `payload` is its body where that has been parsed already. */
export function open(request: Request, payload?: { readonly json: unknown }): Opened {
  return {
    request,
    json: payload === undefined ? once(() => parseJson(request.body.toString("utf8"))) : () => payload.json,
    form: once(() => new URLSearchParams(request.body.toString("utf8"))),
  };
}

/**
 * The text at a place, or undefined where there is none. Numbers and booleans become text; objects, null and whole
 * numbers above 2^53 (which JSON.parse has rounded, so that two ids could become one) do not.
 */
export function locate(where: string, request: Request, payload: unknown): string | undefined {
  return find(where, open(request, { json: payload }));
}

/** The texts at one place or several; undefined where one of them is missing. */
export function locateEach(
  places: string | readonly string[],
  request: Request,
  payload: unknown,
): string[] | undefined {
  const opened = open(request, { json: payload });
  const texts: string[] = [];
  for (const where of [places].flat()) {
    const text = find(where, opened);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

/** `locate` in a request that is open already. */
export function find(where: string, opened: Opened): string | undefined {
  for (const place of where.split(" | ")) {
    const text = findOne(place, opened);
    if (text !== undefined) return text;
  }
  return undefined;
}

function findOne(place: string, opened: Opened): string | undefined {
  const colon = place.indexOf(":");
  const name = place.slice(colon + 1);
  switch (place.slice(0, colon)) {
    case "header":
      return headerOf(opened.request, name);
    case "query":
      return new URLSearchParams(opened.request.query).get(name) ?? undefined;
    case "form":
      return formField(opened, name);
    case "json":
      return textOf(readPath(opened.json(), name));
    case "text":
      return name;
    case "member":
      return name.split(",").find((each) => readPath(opened.json(), each) !== undefined);
    default:
      return undefined;
  }
}

/** `form:field`, or `form:field#path` where the field holds JSON. */
function formField(opened: Opened, name: string): string | undefined {
  const [field, path] = name.split("#", 2);
  const text = opened.form().get(field!) ?? undefined;
  return path === undefined || text === undefined ? text : textOf(readPath(parseJson(text), path));
}

/** `header:name`, or `header:name#path` where the header holds JSON in base64. */
function headerOf(request: Request, name: string): string | undefined {
  const [header, path] = name.split("#", 2);
  const key = header!.toLowerCase();
  const text = Object.hasOwn(request.headers, key) ? request.headers[key] : undefined;
  if (path === undefined || text === undefined) return text;
  return textOf(readPath(parseJson(Buffer.from(text, "base64").toString("utf8")), path));
}

/** The value at a dotted path with `[n]` for elements (`a.b[0].c`, `[0].a`), through own properties only. */
export function readPath(value: unknown, path: string): unknown {
  let at = value;
  for (const step of steps(path)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    if (Array.isArray(at) && !/^\d+$/.test(step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

/** Puts a value at a path, making objects on the way. The root must be an object or array. */
export function writePath(root: unknown, path: string, value: unknown): void {
  const way = steps(path);
  let at = root as Record<string, unknown>;
  for (const step of way.slice(0, -1)) {
    if (typeof at[step] !== "object" || at[step] === null) at[step] = {};
    at = at[step] as Record<string, unknown>;
  }
  at[way.at(-1)!] = value;
}

/** The values at a path in which `[]` stands for every element; undefined where something on the way is not there. */
export function readAll(value: unknown, path: string): unknown[] | undefined {
  const [head, ...rest] = path.split("[]");
  const at = head === "" ? value : readPath(value, head!.replace(/^\./, ""));
  if (rest.length === 0) return at === undefined ? undefined : [at];
  if (!Array.isArray(at)) return undefined;
  const found = at.map((element) => readAll(element, rest.join("[]")));
  return found.includes(undefined) ? undefined : found.flatMap((values) => values ?? []);
}

/** Text, finite number or boolean as text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "number" || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    return undefined;
  return String(value);
}

function steps(path: string): string[] {
  return path.split(/[.[\]]+/).filter((step) => step !== "");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

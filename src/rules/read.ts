/** Reads YAML and JSON with the place of every part. The one file that knows the yaml package. */
import { LineCounter, isAlias, isCollection, isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";
import type { Document as YamlDocument, Node, Pair, Scalar } from "yaml";
import type { ErrorCode } from "../core/errors.ts";
import { pointerKeys } from "../core/schema-walk.ts";
import { jsonErrorOffset } from "./json-error.ts";
import { START } from "./problem.ts";
import type { Place } from "./problem.ts";
import { sourceOffset } from "./scalar-offset.ts";

/** A file's value and the places of its parts. */
export interface Positioned {
  /** Plain JSON data; null for an empty file. */
  readonly value: unknown;
  /** Where the value at a JSON Pointer stands, or its key; of the nearest part around it where there is none. */
  place(pointer: string, of?: "key" | "value"): Place;
  /** Where a line and column (from 1) of the text at a JSON Pointer stand in the file. */
  within(pointer: string, inner: Place): Place;
}

export interface Unreadable extends Place {
  readonly code: ErrorCode;
  readonly message: string;
}

export type Read =
  | { readonly ok: true; readonly document: Positioned }
  | { readonly ok: false; readonly problems: readonly Unreadable[] };

/** How many times aliases may multiply a file's values. */
const MAX_ALIASES = 100;

/** Reads one YAML 1.2 document: core tags only, no duplicate keys, no aliases that multiply beyond measure. */
export function readYaml(text: string): Read {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => placeAt(lines, offset);
  try {
    const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    const faults = [...parsed.errors, ...parsed.warnings];
    if (faults.length > 0) {
      return failure(
        ...faults.map(({ code, message, pos }) => unreadable(placeOf(pos[0]), yamlSentence(code, message))),
      );
    }
    return {
      ok: true,
      document: positioned(parsed, text, placeOf, parsed.toJS({ maxAliasCount: MAX_ALIASES })),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (/alias count/i.test(message)) {
      return failure({
        ...START,
        code: "RULE_YAML_ALIASES",
        message: `Aliases multiply the file's values more than ${MAX_ALIASES} times.`,
      });
    }
    if (error instanceof RangeError) return failure(unreadable(START, "The YAML is nested too deeply."));
    return failure(unreadable(START, `${message.replace(/\.$/, "")}.`));
  }
}

/** Reads JSON (RFC 8259); a key that is there twice is refused. */
export function readJson(text: string): Read {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => placeAt(lines, offset);
  let value: unknown;
  let invalid = false;
  try {
    value = JSON.parse(text);
  } catch {
    invalid = true;
  }
  try {
    const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    if (invalid) {
      const message =
        text.trim() === "" ? "The file is empty; JSON is expected." : "This is not JSON from here on.";
      return failure({ ...placeOf(jsonErrorOffset(text)), code: "RULE_JSON_INVALID", message });
    }
    const twice = parsed.errors.filter(({ code }) => code === "DUPLICATE_KEY");
    if (twice.length === 0) return { ok: true, document: positioned(parsed, text, placeOf, value) };
    return failure(
      ...twice.map(({ pos }) => ({
        ...placeOf(pos[0]),
        code: "RULE_JSON_INVALID" as const,
        message: "The key is there twice.",
      })),
    );
  } catch {
    return failure({ ...START, code: "RULE_JSON_INVALID", message: "The JSON is nested too deeply." });
  }
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? START : { line, column: col };
}

function failure(...problems: Unreadable[]): Read {
  return { ok: false, problems };
}

function unreadable(place: Place, message: string): Unreadable {
  return { ...place, code: "RULE_YAML_INVALID", message };
}

/** What the parser says, where it is not about its own functions. */
function yamlSentence(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "A second document begins here; a file holds one.";
  if (code === "DUPLICATE_KEY") return "The key is there twice.";
  return `${message.replace(/\.$/, "")}.`;
}

function positioned(
  parsed: YamlDocument,
  text: string,
  placeOf: (offset: number) => Place,
  value: unknown,
): Positioned {
  const find = (pointer: string): Found => found(parsed.contents, pointer);
  return {
    value,
    place: (pointer, of = "value") => {
      const { key, node, whole } = find(pointer);
      const start = of === "key" && whole ? (key ?? node)?.range : (node ?? key)?.range;
      return placeOf(start?.[0] ?? 0);
    },
    within: (pointer, inner) => {
      const { node } = find(pointer);
      if (!isScalar(node) || !node.range) return placeOf(node?.range?.[0] ?? 0);
      return placeOf(sourceOffset(text, node as Scalar, inner));
    },
  };
}

interface Found {
  readonly key: Node | undefined;
  readonly node: Node | undefined;
  /** The pointer was followed to its end. */
  readonly whole: boolean;
}

function found(root: Node | null, pointer: string): Found {
  let key: Node | undefined;
  let node = root ?? undefined;
  for (const step of pointerKeys(pointer)) {
    const next = child(node, step);
    if (next === undefined) return { key, node, whole: false };
    [key, node] = [next.key ?? undefined, next.value ?? next.key ?? undefined];
  }
  return { key, node, whole: true };
}

function child(node: Node | undefined, step: string): { key: Node | null; value: Node | null } | undefined {
  if (node === undefined || isAlias(node) || !isCollection(node)) return undefined;
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | undefined;
    return item === undefined ? undefined : { key: null, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = (node.items as Pair<Node, Node | null>[]).find(
    (one) => isPair(one) && isScalar(one.key) && String(one.key.value) === step,
  );
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

/** Node-RED's nodes that change a message: change, template, json. Each gives the message after it, or throws Unmapped. */
import { compileExpression } from "../../language/expression.ts";
import { Unmapped, written } from "./condition.ts";
import { expression, get, render, set, stepsOf } from "./message.ts";
import type { Value } from "./message.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** A change node's rules, one after another. */
export function changed(node: Fields, message: Value): Value {
  const rules = Array.isArray(node["rules"]) ? (node["rules"] as unknown[]) : [oldRule(node)];
  let now = message;
  for (const rule of rules) now = ruled(rule as Fields, now);
  return now;
}

/** The only rule of nodes that are older than `rules`. */
function oldRule({ action, property, to, from, reg }: Fields): Fields {
  return {
    t: action === "replace" ? "set" : action,
    p: property,
    to,
    from,
    ...(reg !== false && { fromt: "re" }),
  };
}

function ruled(rule: Fields, message: Value): Value {
  const { t, p, pt = "msg", to, tot = "str" } = rule;
  if (pt !== "msg")
    throw new Unmapped(
      `rule changes \`${String(pt)}.${String(p)}\`: there is no context that outlives an event`,
    );
  const at = stepsOf(p);
  if (t === "set") return kept(set(message, at, valueOf(to, tot, message)));
  if (t === "delete") return kept(set(message, at, undefined));
  if (t === "move") {
    if (tot !== "msg" && rule["tot"] !== undefined) throw new Unmapped(`rule moves to \`${String(tot)}\``);
    const moved = get(message, at);
    return kept(set(set(message, at, undefined), stepsOf(to), moved));
  }
  if (t === "change") return kept(set(message, at, replaced(rule, get(message, at))));
  throw new Unmapped(`rule \`${String(t)}\` is not known`);
}

function kept(message: Value | undefined): Value {
  if (message === undefined) throw new Unmapped("rule leaves no message");
  return message;
}

/** A value of one of Node-RED's kinds, as JSONata. Throws Unmapped. */
export function valueOf(given: unknown, kind: unknown, message: Value): Value | undefined {
  const text =
    typeof given === "string" ? given : given === undefined || given === null ? "" : String(given as number);
  switch (kind) {
    case "str":
      return expression(written(text), true);
    case "num": {
      const number = Number(text);
      if (!Number.isFinite(number)) throw new Unmapped("has a number that is none");
      return expression(written(number));
    }
    case "bool":
      return expression(/^true$/i.test(text) ? "true" : "false");
    case "json":
      return expression(written(jsonOf(text)));
    case "date":
      if (text === "object") throw new Unmapped("makes a Date object");
      return text === "iso" ? expression("$now()", true) : expression("$millis()");
    case "msg":
      return get(message, stepsOf(text));
    case "jsonata":
      return expression(jsonataOf(text, message));
    default:
      throw new Unmapped(`takes a value from \`${String(kind)}\`: only what came with the event can be read`);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Unmapped("has JSON that cannot be read");
  }
}

/** An expression of the message: its context is made where it stands. */
export function jsonataOf(text: string, message: Value): string {
  const compiled = compileExpression(text);
  if (!compiled.ok) {
    const [first] = compiled.problems;
    throw new Unmapped(`JSONata, line ${first?.line ?? 1}: ${first?.message ?? "it cannot be read"}`);
  }
  const line = (found: RegExpExecArray): number => text.slice(0, found.index).split("\n").length;
  const root = /\$\$/.exec(text);
  if (root !== null)
    throw new Unmapped(`JSONata, line ${line(root)}: \`$$\` is the body here, and the message there`);
  const unseen =
    /\breq\s*\.\s*(?:params|cookies|ip|files|url|originalUrl|path|hostname)\b|\b(?:res|_msgid)\b/.exec(text);
  if (unseen !== null)
    throw new Unmapped(`JSONata, line ${line(unseen)}: \`${unseen[0]}\` is not kept with an event`);
  const uses = /\breq\b/.test(text) ? message : kept(set(message, ["req"], undefined));
  return `${render(uses)}.(${text})`;
}

/** Text in text: all occurrences, as Node-RED's regular expressions find them. */
function replaced(rule: Fields, current: Value | undefined): Value | undefined {
  const { from, fromt = "str", to, tot = "str" } = rule;
  if (current === undefined) return undefined;
  if (fromt !== "str" && fromt !== "re")
    throw new Unmapped(`rule looks for a value of kind \`${String(fromt)}\``);
  if (tot !== "str") throw new Unmapped(`rule replaces by a value of kind \`${String(tot)}\``);
  if (typeof from !== "string" || from === "" || typeof to !== "string")
    throw new Unmapped("rule replaces nothing");
  if (/\$[^1-9]|\$$/.test(to) || (fromt === "str" && to.includes("$")))
    throw new Unmapped("rule replaces by a pattern of JavaScript");
  const pattern = fromt === "re" ? regexOf(from, false) : written(from);
  const now = render(current);
  return expression(`($type(${now}) = "string" ? $replace(${now}, ${pattern}, ${written(to)}) : ${now})`);
}

/** A regular expression as JSONata writes it. Throws Unmapped where it is of a kind that is not run here. */
export function regexOf(source: string, ignoresCase: boolean): string {
  const text = `/${source.replace(/\\.|\//gs, (part) => (part === "/" ? "\\/" : part))}/${ignoresCase ? "i" : ""}`;
  const compiled = compileExpression(`$contains("", ${text})`);
  if (source === "" || /[\n\r]/.test(source) || !compiled.ok)
    throw new Unmapped("has a regular expression that is not run here");
  return text;
}

/** A template without sections: text with fields of the message in it. `escapes`: some of them were escaped for HTML. */
export function templated(
  node: Fields,
  message: Value,
): { readonly message: Value; readonly escapes: boolean } {
  const {
    template = "",
    syntax = "mustache",
    output = "str",
    field: property = "payload",
    fieldType = "msg",
  } = node;
  if (fieldType !== "msg" || output !== "str")
    throw new Unmapped(`template writes ${output === "str" ? String(fieldType) : String(output)}, not text`);
  const text = typeof template === "string" ? template : "";
  if (syntax === "plain")
    return {
      message: kept(set(message, stepsOf(property), expression(written(text), true))),
      escapes: false,
    };
  let escapes = false;
  const parts = text.split(/(\{\{\{[^{}]*\}\}\}|\{\{[^{}]*\}\})/).flatMap((part, at) => {
    if (at % 2 === 0) return part === "" ? [] : [written(part)];
    const inner = part.replace(/^\{\{\{?|\}?\}\}$/g, "").trim();
    if (inner.startsWith("!")) return [];
    if (/^[#^/>=]/.test(inner) || /^(?:flow|global|env)\b/.test(inner))
      throw new Unmapped(`template uses \`${part}\``);
    if (!part.startsWith("{{{") && !inner.startsWith("&")) escapes = true;
    const value = get(message, stepsOf(inner.replace(/^&\s*/, "")));
    return value === undefined ? [] : [`(${render(value)})`];
  });
  const made = expression(parts.length === 0 ? '""' : ['""', ...parts].join(" & "), true);
  return { message: kept(set(message, stepsOf(property), made)), escapes };
}

/** A json node: only one that says which way it goes. */
export function converted(node: Fields, message: Value): Value {
  const { property = "payload", action = "" } = node;
  const at = stepsOf(property);
  const now = get(message, at);
  if (action === "str") return kept(set(message, at, expression(`$string(${render(now)})`, true)));
  if (action !== "obj")
    throw new Unmapped("node turns text into an object or an object into text, whichever comes: say which");
  const isBody = now?.kind === "object" || (now?.kind === "expression" && now.text === "$");
  // A body of JSON has been read when it was accepted.
  if (isBody) return message;
  throw new Unmapped("node reads JSON out of a text within the message, which a rule cannot");
}

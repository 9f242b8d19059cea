/** The texts of a target's file that may hold `{{ JSONata }}` parts: the URL with its query, headers, attributes. */
import type { Budgets } from "../language/budgets.ts";
import type { ExpressionProblem } from "../language/expression.ts";
import { compileTemplate, compileText } from "../language/template.ts";
import type { Template } from "../language/template.ts";
import { pointerStep } from "../core/schema-walk.ts";
import { valueAt } from "./format.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { maskVariables } from "./variables.ts";

/** A target's file that is being read: its texts, what their parts may spend, whom to tell. */
export interface Reading {
  readonly opened: Opened;
  readonly budgets: Budgets;
  readonly tell: Tell;
}

/** A text that is always the same. */
export function constant(text: string): Template {
  return { isConstant: true, render: () => Promise.resolve(text) };
}

/** The texts of a mapping by key; those that cannot be used are told and left out. `what` is how an error calls one. */
export function loadTexts(
  texts: Readonly<Record<string, unknown>>,
  parent: string,
  what: (key: string) => string,
  reading: Reading,
): [key: string, text: Template][] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const text = loadText(String(value), parent + pointerStep(key), what(key), reading);
    return text === undefined ? [] : [[key, text]];
  });
}

/** What a variable holds is never a part of ours: only a text that has one as it is written is compiled. */
function loadText(text: string, pointer: string, what: string, reading: Reading): Template | undefined {
  const { opened, budgets, tell } = reading;
  const written = maskVariables(String(valueAt(opened.document.value, pointer)));
  if (!written.includes("{{")) return constant(text);
  const masked = compileText(written, what, budgets);
  tellProblems(masked.ok ? masked.warnings : masked.problems, pointer, 0, reading);
  if (!masked.ok) return undefined;
  const compiled = compileText(text, what, budgets);
  if (compiled.ok) return compiled.template;
  const said = `\`${pointer}\` does not parse once its variables are filled in.`;
  tell(opened.path, opened.document.place(pointer), "RULE_VALUE_INVALID", said);
  return undefined;
}

function tellProblems(
  problems: readonly ExpressionProblem[],
  pointer: string,
  before: number,
  { opened, tell }: Reading,
): void {
  for (const { code, message, fix, line, column } of problems) {
    const inner = { line, column: line === 1 ? Math.max(1, column - before) : column };
    tell(opened.path, opened.document.within(pointer, inner), code, message, fix);
  }
}

/** The URL with fields added to its query, all of them percent-encoded. */
export function withQuery(url: Template, fields: readonly (readonly [string, Template])[]): Template {
  if (fields.length === 0) return url;
  return {
    isConstant: url.isConstant && fields.every(([, text]) => text.isConstant),
    render: async (payload, context) => {
      let [text = ""] = (await url.render(payload, context)).split("#", 1);
      for (const [name, value] of fields) {
        const pair = `${encodeURIComponent(name)}=${encodeURIComponent(await value.render(payload, context))}`;
        text += (text.includes("?") ? "&" : "?") + pair;
      }
      return text;
    },
  };
}

/** The text as it is written is compiled first: its problems have places, and hold no variable's value. */
export function loadUrl(url: string, reading: Reading): Template | undefined {
  const { opened, budgets, tell } = reading;
  const written = maskVariables(String(valueAt(opened.document.value, "/url")));
  // A variable at the beginning holds the scheme and the host, as is checked below.
  const origin = url.startsWith(written) || /^https?:/i.test(written) ? "" : "https://x/";
  const masked = compileTemplate(origin + written, budgets);
  tellProblems(masked.ok ? masked.warnings : masked.problems, "/url", origin.length, reading);
  if (!masked.ok) return undefined;
  if (opened.unset.has("/url")) return undefined;
  const compiled = compileTemplate(url, budgets);
  const fault =
    urlFault(url) ?? (compiled.ok ? undefined : "does not parse once its variables are filled in");
  if (fault === undefined && compiled.ok) return compiled.template;
  tell(opened.path, opened.document.place("/url"), "RULE_VALUE_INVALID", `\`/url\` ${fault ?? ""}.`);
  return undefined;
}

/** What is wrong with a URL whose `{{ }}` parts stand for any text; undefined where nothing is. */
function urlFault(url: string): string | undefined {
  const origin = /^https?:\/\/[^/?#{}]+(?=[/?#]|$)/i.exec(url)?.[0];
  if (origin === undefined || !URL.canParse(origin)) {
    return "must be an absolute http(s) URL, with `{{ }}` parts after the host only, got other text";
  }
  const { username, password } = new URL(origin);
  return username + password === "" ? undefined : "must not hold credentials: they belong into `auth`";
}

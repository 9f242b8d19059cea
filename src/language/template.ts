/** Texts with `{{ JSONata }}` parts. In a URL each part is escaped, and none can choose the host; elsewhere who uses the text escapes it. */
import { SignalboxError } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { defaultBudgets } from "./budgets.ts";
import type { Budgets } from "./budgets.ts";
import { compileExpression } from "./expression.ts";
import type { Expression, ExpressionProblem } from "./expression.ts";
import { typeNameOf } from "./failure.ts";
import { placeOf, tokensOf } from "./tokens.ts";

/** A text ready to be filled in. */
export interface Template {
  /** True when there are no parts: `render` yields the text as it is. */
  readonly isConstant: boolean;
  /**
   * The text with every part's text, number or boolean: in a URL percent-encoded by encodeURIComponent. Throws
   * SignalboxError FORWARD_URL_INVALID (in a URL, also where a path's segment would become `.` or `..`) or
   * FORWARD_REQUEST_INVALID for a part of another type, and the errors of `Expression.evaluate`.
   */
  render(payload: unknown, context: EventContext): Promise<string>;
}

export type CompiledTemplate =
  | { readonly ok: true; readonly template: Template; readonly warnings: readonly ExpressionProblem[] }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] };

interface Part {
  readonly expression: Expression;
  /** Where its `{{` stands. */
  readonly start: number;
}

/** What a text is for: what its parts become, and how an error calls it. */
interface Use {
  readonly what: string;
  readonly code: "FORWARD_URL_INVALID" | "FORWARD_REQUEST_INVALID";
  readonly escape: (text: string) => string;
  /** Looks at the whole text once it is filled in. */
  readonly check?: (text: string) => void;
}

const URL_USE: Use = {
  what: "the URL",
  code: "FORWARD_URL_INVALID",
  escape: encodeURIComponent,
  check: refuseClimbing,
};

/** Compiles a URL's text, or tells all that is wrong, by line and column of the text. */
export function compileTemplate(text: string, budgets: Budgets = defaultBudgets): CompiledTemplate {
  return compileFor(URL_USE, text, budgets);
}

/** Compiles a text that is no URL; `what` is how an error calls it ("header `x-team`"). Parts stay as they are. */
export function compileText(text: string, what: string, budgets: Budgets = defaultBudgets): CompiledTemplate {
  return compileFor({ what, code: "FORWARD_REQUEST_INVALID", escape: (part) => part }, text, budgets);
}

function compileFor(use: Use, text: string, budgets: Budgets): CompiledTemplate {
  const pieces: (string | Part)[] = [];
  const warnings: ExpressionProblem[] = [];
  const problems: ExpressionProblem[] = [];
  let rest = 0;
  for (let open = text.indexOf("{{"); open !== -1; open = text.indexOf("{{", rest)) {
    pieces.push(text.slice(rest, open));
    if (use === URL_USE && !isAfterHost(text.slice(0, open))) problems.push(problemAt(text, open, HOST));
    const close = closeOf(text, open + 2);
    if (close === undefined) {
      problems.push(problemAt(text, open, UNCLOSED));
      return { ok: false, problems };
    }
    const compiled = compileExpression(text.slice(open + 2, close), budgets);
    const origin = placeOf(text, open + 2);
    if (compiled.ok) {
      pieces.push({ expression: compiled.expression, start: open });
      warnings.push(...compiled.warnings.map((warning) => moved(warning, origin)));
    } else problems.push(...compiled.problems.map((problem) => moved(problem, origin)));
    rest = close + 2;
  }
  pieces.push(text.slice(rest));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, template: templateOf(pieces, text, use), warnings };
}

const HOST = {
  code: "RULE_VALUE_INVALID",
  message: "A `{{ }}` part stands before the end of the host: an event must not choose whom we call.",
  fix: "Write scheme, user, host and port out, then `/`; use parts in the path and the query only.",
} as const;
const UNCLOSED = {
  code: "RULE_SYNTAX_INVALID",
  message: "This `{{` is never closed.",
  fix: "Close it with `}}`.",
} as const;

const problemAt = (
  text: string,
  offset: number,
  problem: typeof HOST | typeof UNCLOSED,
): ExpressionProblem => ({
  ...problem,
  ...placeOf(text, offset),
});

/** RFC 3986 § 3.2: the authority ends at the first `/`, `?` or `#`; WHATWG takes a backslash for a slash, so it is none here. */
const isAfterHost = (before: string): boolean => /^https?:\/\/[^/?#\\{}\s]+[/?#]/i.test(before);

/** The offset of the `}}` that ends a part: not one inside a text or an object. */
function closeOf(text: string, start: number): number | undefined {
  let depth = 0;
  for (const token of tokensOf(text.slice(start))) {
    if (token.kind !== "operator") continue;
    if (token.text === "{") depth++;
    if (token.text !== "}") continue;
    if (depth === 0) return text[start + token.end] === "}" ? start + token.start : undefined;
    depth--;
  }
  return undefined;
}

function moved(problem: ExpressionProblem, origin: { line: number; column: number }): ExpressionProblem {
  const column = problem.line === 1 ? origin.column + problem.column - 1 : problem.column;
  return { ...problem, line: origin.line + problem.line - 1, column };
}

function templateOf(pieces: readonly (string | Part)[], text: string, use: Use): Template {
  if (pieces.length === 1) return { isConstant: true, render: () => Promise.resolve(text) };
  return {
    isConstant: false,
    render: async (payload, context) => {
      let filled = "";
      for (const piece of pieces)
        filled +=
          typeof piece === "string"
            ? piece
            : escaped(await piece.expression.evaluate(payload, context), piece, text, use);
      use.check?.(filled);
      return filled;
    },
  };
}

function escaped(value: unknown, { start }: Part, text: string, { what, code, escape }: Use): string {
  const isText = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const { line, column } = placeOf(text, start);
  if (!isText) {
    throw new SignalboxError(
      code,
      `line ${line}, column ${column}: the part of ${what} must yield text, got ${typeNameOf(value)}`,
    );
  }
  // A lone surrogate has no UTF-8; what stands for it is what every encoder writes.
  return escape(String(value).replaceAll(/\p{Surrogate}/gu, "\uFFFD"));
}

/** URL parsers drop `..` and the segment before it, also as `%2e%2e`: no encoding keeps such a segment. */
function refuseClimbing(url: string): void {
  const path = url.replace(/^[^/]*\/\/[^/?#]*/, "").replace(/[?#][^]*$/, "");
  if (path.split(/[/\\]/).some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)))
    throw new SignalboxError(
      "FORWARD_URL_INVALID",
      'a part of the URL yields "." or "..", which would leave its place in the path',
    );
}

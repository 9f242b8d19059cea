/** jsonata's syntax errors in our words: where the mistake is, what it is, how to mend it. */
import type { ErrorCode } from "../core/errors.ts";
import type { Thrown } from "./jsonata.ts";
import { OPENERS, asVariable, blankBefore, instead, joined, separated, valueBehind } from "./mending.ts";
import type { Mend, Scene } from "./mending.ts";
import { tokenAt, tokensOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** A mistake at a UTF-16 offset. */
export interface Mistake {
  readonly code: ErrorCode;
  readonly offset: number;
  readonly message: string;
  readonly fix: string | undefined;
  /** How the text can be read on; undefined where that is not known. */
  readonly mend?: Mend | undefined;
}

/** What the parser threw for a source, told in words. */
export function syntaxMistake(thrown: unknown, source: string): Mistake {
  if (thrown instanceof SyntaxError) return regexMistake(thrown, source);
  if (thrown instanceof RangeError)
    return mistake(
      0,
      "The expression is nested too deeply to be read.",
      "Take parts of it out into variables.",
    );
  const tokens = tokensOf(source);
  const error = thrown as Thrown;
  const at = tokenAt(tokens, error.position ?? 0);
  const hint = (hints[error.code ?? ""] ?? unexplained)({
    error,
    source,
    tokens,
    at,
    before: at && tokens[tokens.indexOf(at) - 1],
  });
  const offset = hint.offset ?? at?.start ?? error.position ?? 0;
  return { ...mistake(offset, hint.message, hint.fix), mend: hint.mend };
}

interface Hint {
  readonly offset?: number | undefined;
  readonly message: string;
  readonly fix?: string | undefined;
  readonly mend?: Mend | undefined;
}

const mistake = (offset: number, message: string, fix: string | undefined): Mistake => ({
  code: "RULE_SYNTAX_INVALID",
  offset,
  message,
  fix,
});

const lastStart = ({ tokens }: Scene): number | undefined => tokens.at(-1)?.start;
const escapeStart = ({ error }: Scene): number => (error.position ?? 1) - 1;
const shown = (scene: Scene): string => `\`${scene.at?.text ?? String(scene.error.token)}\``;
const unexplained = (scene: Scene): Hint => ({
  message: `The expression does not parse here (${scene.error.code ?? "unknown"}).`,
});
const plain = (message: string, fix?: string) => (): Hint => ({ message, fix });

/** By jsonata 2.2.2's code; S0203 and the other ends of the text point at what was left open. */
const hints: Readonly<Record<string, (scene: Scene) => Hint>> = {
  S0101: (scene) => ({
    offset: lastStart(scene),
    message: "This text has no closing quote.",
    fix: "Close it with the quote that opens it.",
  }),
  S0102: (scene) => ({
    offset: scene.error.position,
    message: "This number is out of range.",
    fix: "Write it as text, or smaller.",
    mend: instead(scene.at, "0"),
  }),
  S0103: (scene) => ({
    offset: escapeStart(scene),
    message: `There is no escape \`\\${String(scene.error.token)}\`.`,
    fix: 'Write `\\\\` for a backslash; there are \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX.',
    mend: { start: escapeStart(scene), end: escapeStart(scene) + 2, text: "\\\\" },
  }),
  S0104: (scene) => ({
    offset: escapeStart(scene),
    message: "`\\u` needs four hexadecimal digits.",
    fix: "Fill up with zeros: `\\u00e9`.",
    mend: { start: escapeStart(scene), end: escapeStart(scene) + 2, text: "\\\\" },
  }),
  S0105: (scene) => ({
    offset: lastStart(scene),
    message: "This quoted name has no closing backquote.",
    fix: "Close it with a backquote.",
  }),
  S0106: (scene) => ({
    offset: scene.error.position,
    message: "This comment is never closed.",
    fix: "Close it with `*/`.",
  }),
  S0201: strayToken,
  S0202: wrongToken,
  S0203: leftOpen,
  S0204: (scene) => ({
    message: `There is no operator ${shown(scene)}.`,
    fix: scene.at?.text === "!" ? "Write `$not(…)`; unequal is `!=`." : undefined,
    mend: instead(scene.at),
  }),
  S0205: (scene) => ({ message: `${shown(scene)} is not expected here.` }),
  S0207: (scene) => endsEarly(scene),
  S0208: (scene) => ({
    message: `The parameter ${shown(scene)} is not a variable name.`,
    fix: `Begin it with \`$\`: \`$${scene.at?.text ?? "name"}\`.`,
    mend: asVariable(scene.at),
  }),
  S0209: plain(
    "A filter cannot follow a grouping in one step.",
    "Put the grouped part into parentheses first: `(a{…})[…]`.",
  ),
  S0210: plain("A step can be grouped only once.", "Put the first grouping into parentheses: `(a{…}){…}`."),
  S0211: noOperand,
  S0212: (scene) => ({
    message: "The left side of `:=` is not a variable.",
    fix: `Begin the name with \`$\`: \`$${scene.at?.text ?? "name"} := …\`.`,
    mend: asVariable(scene.at),
  }),
  S0213: (scene) => ({
    message: "A literal value cannot be a step of a path.",
    fix: "Pick an item with brackets: `a[1]`; quote a name with backquotes.",
    mend: instead(scene.at, "x"),
  }),
  S0214: (scene) => ({
    message: `The right side of \`${String(scene.error.token)}\` is not a variable.`,
    fix: "Begin the name with `$`: `a@$x`, `a#$i`.",
  }),
  S0215: plain("A binding with `@` must stand before the step's filters.", "Write `a@$x[…]`."),
  S0216: plain("A binding with `@` must stand before the step's `^(…)`.", "Write `a@$x^(…)`."),
  S0217: (scene) => ({
    offset: scene.tokens.find(({ text }) => text === "%")?.start,
    message: "There is no parent for this `%` to stand for.",
    fix: "Use `%` inside a path, with a step before it for each level up.",
  }),
  S0301: plain(
    "The regular expression is empty.",
    "Write a pattern between the slashes; a comment is `/* … */`.",
  ),
  S0302: (scene) => ({
    offset: lastSlash(scene),
    message: "This regular expression has no closing slash.",
    fix: "Close it with `/`; in it, escape slashes and single brackets by a backslash.",
  }),
};

function strayToken(scene: Scene): Hint {
  const { at, before } = scene;
  if (at?.text === ";" || at?.text === ":=")
    return {
      message: "Several statements stand here without parentheses.",
      fix: "Put them into parentheses: `( $x := 1; $x + 1 )`.",
      mend: "wrap",
    };
  if (at?.text === "|") return barBetween(at, scene);
  if (at?.text === "then" || at?.text === "else")
    return { message: "JSONata has no `if`.", fix: "Write `condition ? value : other`." };
  const fix = `Put an operator between them${before?.text === "}" || before?.text === ")" ? ", or a `;`" : ""}.`;
  return { message: `${shown(scene)} follows a complete value.`, fix, mend: joined(scene) };
}

function barBetween({ start, end }: Token, { source }: Scene): Hint {
  return {
    message: "There is no operator `|` between values.",
    fix: "Write `or`, or `&` to join texts.",
    mend: { start, end: end + Number(source[end] === "|"), text: "&" },
  };
}

function wrongToken(scene: Scene): Hint {
  const { error, at } = scene;
  const wanted = String(error.value);
  if (at?.text === "|" && OPENERS[wanted] !== undefined) return barBetween(at, scene);
  const message = `Expected \`${wanted}\`, got ${shown(scene)}.`;
  if (wanted === ")" && at?.text === ",")
    return { message, fix: "Separate the statements of a block by `;`.", mend: instead(at, ";") };
  if (wanted === ":" && at?.text === ",") return { message, fix: "Each entry of an object is `key: value`." };
  if (wanted === "{") return { message, fix: "The body of a function stands in `{ }`." };
  if (wanted === "}" || wanted === "]" || wanted === ")") {
    return {
      message,
      fix: `Separate by a comma, or close with \`${wanted}\`.`,
      mend: separated(scene, wanted),
    };
  }
  if (wanted !== ":") return { message };
  return { message, fix: "Put a colon between key and value.", mend: blankBefore(scene, ":") };
}

function leftOpen(scene: Scene): Hint {
  const wanted = String(scene.error.value);
  const open: Token[] = [];
  for (const token of scene.tokens) {
    if (token.kind !== "operator") continue;
    if ("([{".includes(token.text)) open.push(token);
    else if (OPENERS[token.text] === open.at(-1)?.text) open.pop();
  }
  const opener = open.findLast(({ text }) => text === OPENERS[wanted]);
  if (opener === undefined)
    return { offset: lastStart(scene), message: `The expression ends where \`${wanted}\` is expected.` };
  return {
    offset: opener.start,
    message: `This \`${opener.text}\` is never closed.`,
    fix: `Close it with \`${wanted}\`.`,
  };
}

function endsEarly(scene: Scene): Hint {
  const last = scene.tokens.at(-1);
  if (last === undefined)
    return { offset: 0, message: "The expression is empty.", fix: "Write `$` for the body as it is." };
  return {
    offset: last.start,
    message: `Nothing follows this \`${last.text}\`.`,
    fix: "Complete the expression, or remove it.",
  };
}

function noOperand(scene: Scene): Hint {
  const { at, before } = scene;
  const text = at?.text ?? "";
  if (text === "=" && before?.text === "=")
    return { message: "There is no operator `==`.", fix: "Equality is a single `=`.", mend: instead(at) };
  if (text === "&" && before?.text === "&")
    return { message: "There is no operator `&&`.", fix: "Write `and`.", mend: instead(at) };
  if (before?.text === "," && (OPENERS[text] !== undefined || text === ","))
    return {
      offset: before.start,
      message:
        OPENERS[text] === undefined
          ? "A value is missing between two commas."
          : "This comma is one too many.",
      fix: "Remove the comma.",
      mend: instead(before),
    };
  const isInfix = before?.kind === "operator" && !"([{;,".includes(before.text);
  if (isInfix)
    return {
      offset: before.start,
      message: `Nothing follows this \`${before.text}\`.`,
      fix: "Complete the expression, or remove it.",
      // Without its colon an entry would be wanting one.
      mend: before.text === ":" ? valueBehind(before, scene) : instead(before),
    };
  return { message: `A value is expected here, not ${shown(scene)}.` };
}

/** The regular expression that never ends was read as something else: it begins at the last slash that may begin one. */
function lastSlash({ tokens, source }: Scene): number {
  return (
    tokens.find(({ kind, text }) => kind === "operator" && text === "/")?.start ?? source.lastIndexOf("/")
  );
}

/** The engine's words for a pattern that is none: "Invalid regular expression: /(/g: Unterminated group". */
function regexMistake(error: SyntaxError, source: string): Mistake {
  const [, written = "", reason = "it is broken"] =
    /^Invalid regular expression: (\/[^]*\/)[a-z]*: (.*)$/.exec(error.message) ?? [];
  const offset = Math.max(0, source.indexOf(written));
  const words = reason.charAt(0).toLowerCase() + reason.slice(1);
  return {
    code: "RULE_REGEX_INVALID",
    offset,
    message: `The regular expression is broken: ${words}.`,
    fix: undefined,
    mend:
      written.length < 3
        ? undefined
        : { start: offset, end: offset + written.length, text: `/${"a".repeat(written.length - 2)}/` },
  };
}

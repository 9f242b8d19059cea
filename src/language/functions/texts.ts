/** Texts: parts, case, padding, encodings. Characters are code points. */
import { builtin } from "../builtin.ts";
import type { Builtin } from "../builtin.ts";
import { Fault } from "../fault.ts";
import { spendSteps, spendText } from "../run.ts";
import type { Run } from "../run.ts";
import { textOf } from "../text-of.ts";
import { finder } from "./search.ts";

/** The functions on texts that need no pattern. */
export const textFunctions: readonly Builtin[] = [
  builtin(
    "string",
    "<x-b?:s>",
    (run, value, isPretty) => (value === undefined ? undefined : textOf(value, run, isPretty === true)),
    { arity: 1 },
  ),
  builtin("length", "<s-:n>", (run, text) => (text === undefined ? undefined : lengthOf(read(run, text)))),
  builtin("substring", "<s-nn?:s>", (run, text, start, count) =>
    text === undefined ? undefined : substring(read(run, text), start as number, count as number | undefined),
  ),
  builtin("substringBefore", "<s-s:s>", (run, text, part) => {
    if (text === undefined) return undefined;
    const at = finder(run, String(part))(read(run, text));
    return at === -1 ? text : (text as string).slice(0, at);
  }),
  builtin("substringAfter", "<s-s:s>", (run, text, part) => {
    if (text === undefined) return undefined;
    const at = finder(run, String(part))(read(run, text));
    return at === -1 ? text : (text as string).slice(at + String(part).length);
  }),
  builtin("lowercase", "<s-:s>", (run, text) =>
    text === undefined ? undefined : made(run, read(run, text).toLowerCase()),
  ),
  builtin("uppercase", "<s-:s>", (run, text) =>
    text === undefined ? undefined : made(run, read(run, text).toUpperCase()),
  ),
  builtin("trim", "<s-:s>", (run, text) => (text === undefined ? undefined : trimmed(run, text as string))),
  builtin("pad", "<s-ns?:s>", (run, text, width, filling) =>
    text === undefined ? undefined : padded(run, text as string, width as number, filling as string),
  ),
  builtin("join", "<a<s>s?:s>", (run, texts, separator) =>
    texts === undefined ? undefined : joined(run, texts as readonly string[], separator as string),
  ),
  builtin("base64encode", "<s-:s>", (run, text) =>
    text === undefined ? undefined : made(run, Buffer.from(charged(run, text), "binary").toString("base64")),
  ),
  builtin("base64decode", "<s-:s>", (run, text) =>
    text === undefined ? undefined : made(run, Buffer.from(charged(run, text), "base64").toString("binary")),
  ),
  ...(
    [
      ["encodeUrlComponent", encodeURIComponent],
      ["encodeUrl", encodeURI],
      ["decodeUrlComponent", decodeURIComponent],
      ["decodeUrl", decodeURI],
    ] as const
  ).map(([name, convert]) =>
    builtin(name, "<s-:s>", (run, text) =>
      text === undefined ? undefined : made(run, converted(name, convert, charged(run, text))),
    ),
  ),
];

/** A text that is about to be read to its end: it costs a step for each 32 units. */
export function read(run: Run, text: unknown): string {
  const { length } = text as string;
  if (length > 32) spendSteps(run, length >> 5);
  return text as string;
}

function made(run: Run, text: string): string {
  spendText(run, text.length);
  return text;
}

/** Before a conversion that may triple it. */
function charged(run: Run, text: unknown): string {
  spendText(run, (text as string).length);
  return read(run, text);
}

/** Without characters outside the basic plane, characters are UTF-16 units. */
const isBasic = (text: string): boolean => !/[\ud800-\udbff]/.test(text);

function lengthOf(text: string): number {
  return isBasic(text) ? text.length : [...text].length;
}

/** As jsonata slices an array of characters. */
function substring(text: string, start: number, count: number | undefined): string {
  const characters = isBasic(text) ? text : [...text];
  const { length } = characters;
  const from = length + start < 0 ? 0 : start;
  if (count !== undefined && count <= 0) return "";
  const to = count === undefined ? undefined : from >= 0 ? from + count : length + from + count;
  const part = characters.slice(from, to);
  return typeof part === "string" ? part : part.join("");
}

function trimmed(run: Run, text: string): string {
  const result = read(run, text).replaceAll(/[ \t\n\r]+/g, " ");
  return made(run, result.replace(/^ /, "").replace(/ $/, ""));
}

function padded(run: Run, text: string, width: number, filling: string | undefined): string {
  const units = filling === undefined || filling === "" ? " " : filling;
  const missing = Math.abs(Math.trunc(width)) - lengthOf(read(run, text));
  if (!(missing > 0)) return text;
  spendText(run, text.length + missing * units.length);
  const padding = substring(units.repeat(missing), 0, missing);
  return width > 0 ? text + padding : padding + text;
}

function joined(run: Run, texts: readonly string[], separator = ""): string {
  let length = separator.length * texts.length;
  for (let index = 0; index < texts.length; index++) length += texts[index]!.length;
  spendSteps(run, texts.length >> 2);
  spendText(run, length);
  return texts.join(separator);
}

function converted(functionName: string, convert: (text: string) => string, text: string): string {
  try {
    return convert(text);
  } catch {
    throw new Fault("D3140", { value: text, functionName });
  }
}

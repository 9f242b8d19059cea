/** JSONata (and JSON, nearly a part of it) cut into coloured tokens, a line at a time; what is open at a line's end goes on in the next. */

/** What a tokenizer reads from: the part of CodeMirror's StringStream that is needed. */
export interface Characters {
  readonly pos: number;
  eatSpace(): boolean;
  eol(): boolean;
  next(): unknown;
  match(pattern: RegExp): unknown;
  skipToEnd(): void;
}

/** What goes on over the end of a line, and whether a value may end just before: then `/` divides. */
export interface Going {
  within: "" | "comment" | '"' | "'" | "`";
  key: boolean;
  afterValue: boolean;
}

export type Token =
  | "comment"
  | "string"
  | "propertyName"
  | "number"
  | "bool"
  | "null"
  | "keyword"
  | "operator"
  | "variableName"
  | "standard"
  | "regexp"
  | "bracket"
  | "invalid";

/** Before the first line. */
export function atStart(): Going {
  return { within: "", key: false, afterValue: false };
}

/** Functions that the language brings, for colour and completion. */
export const FUNCTIONS: readonly string[] = (
  "abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl " +
  "decodeUrlComponent distinct each encodeUrl encodeUrlComponent error exists filter floor formatBase " +
  "formatInteger formatNumber fromMillis join keys length lookup lowercase map match max merge millis min not now " +
  "number pad parseInteger power random reduce replace reverse round shuffle sift single sort split spread sqrt " +
  "string substring substringAfter substringBefore sum toMillis trim type uppercase uuid zip"
).split(" ");
const standard = new Set(FUNCTIONS);

/** The next token's name; null for blanks and signs without a colour. */
export function nextToken(text: Characters, going: Going): Token | null {
  if (going.within === "comment") return comment(text, going);
  if (going.within !== "") return quotedText(text, going, going.within);
  if (text.eatSpace()) return null;
  const wasValue = going.afterValue;
  going.afterValue = false;
  if (text.match(/^\/\*/)) {
    going.afterValue = wasValue;
    going.within = "comment";
    return comment(text, going);
  }
  if (text.match(/^["'`]/)) return opened(text, going);
  if (!wasValue && text.match(/^\/(?![/*])(?:\\.|[^/\\])+\/[im]*/)) return value(going, "regexp");
  if (text.match(/^(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/)) return value(going, "number");
  const variable = text.match(/^\$\$?(?:[A-Za-z_]\w*)?/) as RegExpMatchArray | null;
  if (variable) return value(going, standard.has(variable[0].slice(1)) ? "standard" : "variableName");
  const word = text.match(/^[A-Za-z_\u00a0-\uffff][\w\u00a0-\uffff]*/) as RegExpMatchArray | null;
  if (word) return named(word[0], going, wasValue);
  if (text.match(/^[\])}]/)) return value(going, "bracket");
  if (text.match(/^[[({]/)) return "bracket";
  if (text.match(/^(?::=|\?\?|\?:|~>|!=|<=|>=|\*\*|\.\.|[.&=<>+\-*/%^@#?:;,|λ])/)) return "operator";
  text.next();
  return "invalid";
}

const WORDS = new Set(["and", "or", "in"]);

/** `and`, `or`, `in` are operators after a value and names before one. */
function named(word: string, going: Going, wasValue: boolean): Token {
  if (WORDS.has(word) && wasValue) return "keyword";
  if (word === "function" || word === "λ") return "keyword";
  going.afterValue = true;
  if (word === "true" || word === "false") return "bool";
  return word === "null" ? "null" : "propertyName";
}

function value(going: Going, token: Token): Token {
  going.afterValue = true;
  return token;
}

function comment(text: Characters, going: Going): Token {
  if (text.match(/^.*?\*\//)) going.within = "";
  else text.skipToEnd();
  return "comment";
}

function opened(text: Characters & { readonly string?: string }, going: Going): Token {
  const sign = text.string?.[text.pos - 1];
  going.within = sign === "'" || sign === "`" ? sign : '"';
  const rest = (text.string ?? "").slice(text.pos);
  // A text with a colon behind it names a field.
  going.key = /^(?:\\.|[^"'`\\])*["'`]\s*:(?!=)/.test(rest);
  return quotedText(text, going, going.within);
}

function quotedText(text: Characters, going: Going, sign: string): Token {
  const token = sign === "`" || going.key ? "propertyName" : "string";
  for (let next = text.next(); typeof next === "string"; next = text.next()) {
    if (next === "\\" && sign !== "`") text.next();
    else if (next === sign) {
      going.within = "";
      going.key = false;
      going.afterValue = true;
      break;
    }
  }
  return token;
}

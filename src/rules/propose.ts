/** Which field of a body is likely meant by a field of a result: by the words of their names, and by what they hold. Pure. */
import { nearest } from "../core/suggest.ts";

/** A field that could be taken; its path without lists. */
export interface Candidate {
  readonly path: readonly string[];
  /** JSON Schema's kinds: string, integer, null … */
  readonly types: readonly string[];
  /** It is always there. */
  readonly isRequired: boolean;
}

export interface Wanted {
  readonly path: readonly string[];
  readonly types: readonly string[];
}

/** The best candidate, and how alike it is: 1 for the same name. */
export interface Proposal {
  readonly candidate: Candidate;
  readonly score: number;
}

/** Below this nothing is proposed. */
const LEAST = 0.5;

/** Words that APIs use for one another. */
const SYNONYMS: readonly (readonly string[])[] = [
  ["title", "summary", "subject", "headline", "name"],
  ["text", "body", "content", "description", "message", "comment"],
  ["url", "link", "href", "uri", "permalink"],
  ["id", "key", "number", "reference", "uuid"],
  ["user", "author", "login", "sender", "actor", "username", "creator"],
  ["email", "mail"],
  ["created", "timestamp", "date", "time", "at", "on", "when"],
  ["status", "state", "phase"],
  ["amount", "total", "price", "sum", "value"],
  ["labels", "tags", "categories"],
  ["customer", "client", "buyer", "contact"],
  ["severity", "priority", "level"],
  ["repository", "repo", "project"],
];

/** The words of a name: `html_url`, `htmlUrl` and `html-url` are html and url. */
export function wordsOfName(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}

/** The most alike of the candidates whose values fit; of two alike the one that is always there, then the shorter path. */
export function propose(wanted: Wanted, candidates: readonly Candidate[]): Proposal | undefined {
  let best: Proposal | undefined;
  for (const candidate of candidates) {
    const fit = fitOf(wanted.types, candidate.types);
    if (fit === 0) continue;
    const score = likeness(wanted.path, candidate.path) * fit;
    if (score < LEAST || !isBetter({ candidate, score }, best)) continue;
    best = { candidate, score: Math.round(score * 100) / 100 };
  }
  return best;
}

function isBetter({ candidate, score }: Proposal, than: Proposal | undefined): boolean {
  if (than === undefined || Math.abs(score - than.score) > 0.01) return score > (than?.score ?? 0);
  if (candidate.isRequired !== than.candidate.isRequired) return candidate.isRequired;
  return candidate.path.length < than.candidate.path.length;
}

/** 1 where a value can stand as it is, less where it must be written as text. */
function fitOf(wanted: readonly string[], given: readonly string[]): number {
  const values = given.filter((type) => type !== "null");
  if (wanted.length === 0) return 0.9;
  const takes = (type: string): boolean =>
    wanted.includes(type) || (type === "integer" && wanted.includes("number"));
  if (values.length === 0) return 0;
  if (values.every(takes)) return 1;
  const isPlain = values.every((type) => /^(?:string|number|integer|boolean)$/.test(type));
  return wanted.includes("string") && isPlain ? 0.85 : 0;
}

/** How alike two names are, and the names above them. */
function likeness(wanted: readonly string[], given: readonly string[]): number {
  const last = nameLikeness(wanted.at(-1) ?? "", given.at(-1) ?? "");
  // `author.name` for `authorName`: the words of the whole path.
  const whole = shareOf(wordsOfName(wanted.at(-1) ?? ""), given.flatMap(wordsOfName));
  const around = shareOf(wanted.slice(0, -1).flatMap(wordsOfName), given.slice(0, -1).flatMap(wordsOfName));
  return Math.min(1, Math.max(last, whole * 0.95) * (0.9 + 0.1 * around));
}

function nameLikeness(wanted: string, given: string): number {
  const [left, right] = [wordsOfName(wanted), wordsOfName(given)];
  if (left.join() === right.join()) return 1;
  const [one, other] = [left.join(""), right.join("")];
  const isNear = one.length > 3 && nearest(one, [other]) !== undefined;
  return Math.max(shareOf(left, right) * 0.9, isNear ? 0.8 : 0);
}

/** The share of words that are there, synonyms at less; long lists of other words count against it. */
function shareOf(words: readonly string[], among: readonly string[]): number {
  if (words.length === 0) return among.length === 0 ? 1 : 0.5;
  const found = words.map((word) => {
    if (among.includes(word)) return 1;
    return SYNONYMS.some((group) => group.includes(word) && among.some((one) => group.includes(one)))
      ? 0.75
      : 0;
  });
  const sum = found.reduce<number>((total, one) => total + one, 0) / words.length;
  return sum * (among.length > words.length + 2 ? 0.9 : 1);
}

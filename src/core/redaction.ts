/** Takes personal data and secrets out of a JSON value: each becomes a stand-in of its kind, the same value the same one. Pure. */
import { isFields, pointerKeys } from "./schema-walk.ts";

/** What was taken out, by the JSON Pointer of where it stood. */
export interface Redacted {
  readonly value: unknown;
  readonly taken: readonly { readonly path: readonly (string | number)[]; readonly kind: Kind }[];
}

export type Kind =
  "email" | "card" | "iban" | "token" | "secret" | "name" | "phone" | "address" | "ip" | "text" | "number";

/**
 * The value with stand-ins for what looks like e-mail addresses, card and account numbers, tokens, names, phones, postal and
 * network addresses, and for what stands at `paths` (JSON Pointers, `*` for every item or field). Stand-ins are numbered in the
 * order in which they are met, so that they tell nothing of what they stand for.
 */
export function redacted(value: unknown, paths: readonly string[] = []): Redacted {
  const state: State = { stands: new Map(), counts: new Map(), taken: [], wanted: paths.map(pointerKeys) };
  const once = replace(value, [], undefined, state);
  return { value: withinTexts(once, state.stands), taken: state.taken };
}

interface State {
  /** By what is taken out. */
  readonly stands: Map<string, string>;
  readonly counts: Map<Kind, number>;
  readonly taken: { path: readonly (string | number)[]; kind: Kind }[];
  readonly wanted: readonly (readonly string[])[];
}

type Path = readonly (string | number)[];

function replace(
  value: unknown,
  path: Path,
  holder: Readonly<Record<string, unknown>> | undefined,
  state: State,
): unknown {
  if (Array.isArray(value)) return value.map((item, at) => replace(item, [...path, at], holder, state));
  if (isFields(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, replace(part, [...path, key], value, state)]),
    );
  if ((typeof value !== "string" && typeof value !== "number") || value === "") return value;
  const isWanted = state.wanted.some((keys) => fits(keys, path));
  const kind =
    kindOf(value, path, holder) ?? (isWanted ? (typeof value === "number" ? "number" : "text") : undefined);
  if (kind === undefined) return value;
  state.taken.push({ path, kind });
  return standIn(value, kind, state);
}

/** What is named stands with all that is below it. */
const fits = (keys: readonly string[], path: Path): boolean =>
  keys.length <= path.length && keys.every((key, at) => key === "*" || key === String(path[at]));

const EMAIL = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;
const TOKEN =
  /^(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk_(?:live|test)_|rk_(?:live|test)_|whsec_|AKIA|SG\.|shp(?:at|ss)_|eyJ[\w-]+\.)\S{8,}/;
const IBAN = /^[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?$/;
const IP = /^(?:\d{1,3}\.){3}\d{1,3}$|^(?=.*::|(?:[^:]*:){7})[0-9a-fA-F:]{3,39}$/;

/** By the last word of a key, in whatever spelling: `billingPhone`, `card_number`. */
const BY_KEY: readonly (readonly [RegExp, Kind])[] = [
  [
    /(?:^|_)(?:password|passwd|secret|token|api_?key|access_?key|authorization|cookie|session|otp|pin|cvv|cvc)$/,
    "secret",
  ],
  [/(?:^|_)(?:first|last|full|given|family|middle|display|customer|contact|nick|sur|real)_?name$/, "name"],
  [/(?:^|_)(?:phone|mobile|telephone|fax|phone_?number|msisdn)$/, "phone"],
  [
    /(?:^|_)(?:street|street_?address|address_?(?:line_?)?\d?|line_?[12]|postal_?code|postcode|zip|zip_?code)$/,
    "address",
  ],
  [/(?:^|_)(?:ip|ip_?address|remote_?addr)$/, "ip"],
];

function kindOf(
  value: string | number,
  path: Path,
  holder: Readonly<Record<string, unknown>> | undefined,
): Kind | undefined {
  const key = keyOf(path);
  const byKey = BY_KEY.find(([pattern]) => pattern.test(key))?.[1];
  const digits = String(value).replaceAll(/[ -]/g, "");
  if (/^\d{13,19}$/.test(digits) && /card|number|pan/.test(key) && passesLuhn(digits)) return "card";
  if (typeof value === "number") return byKey === "phone" || byKey === "secret" ? "number" : undefined;
  if (/^\d{13,19}$/.test(digits) && passesLuhn(digits) && !/id$/.test(key)) return "card";
  if (EMAIL.test(value)) return "email";
  if (TOKEN.test(value)) return "token";
  if (IBAN.test(value) && /iban|account/.test(key)) return "iban";
  if (byKey === undefined && IP.test(value)) return "ip";
  // A name beside an e-mail address or a phone is a person's.
  if (
    key === "name" &&
    holder !== undefined &&
    Object.keys(holder).some((other) => /e?mail|phone/i.test(other))
  )
    return "name";
  return byKey;
}

/** The last key that is no index, in snake case. */
function keyOf(path: Path): string {
  const key = path.findLast((one) => typeof one === "string") ?? "";
  return String(key)
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll(/[-. ]/g, "_")
    .toLowerCase();
}

/** ISO/IEC 7812-1 annex B. */
function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const twice = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return total + (twice > 9 ? twice - 9 : twice);
  }, 0);
  return sum % 10 === 0 && !/^0+$/.test(digits);
}

function standIn(value: string | number, kind: Kind, state: State): string | number {
  const text = String(value);
  const known = state.stands.get(text);
  const made = known ?? MADE[kind](next(kind, state), text);
  if (known === undefined) state.stands.set(text, made);
  return typeof value === "number" && /^\d+$/.test(made) ? Number(made) : made;
}

function next(kind: Kind, { counts }: State): number {
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  return count;
}

const NAMES =
  "Ada Lovelace,Alan Turing,Grace Hopper,Edsger Dijkstra,Barbara Liskov,Donald Knuth,Radia Perlman".split(
    ",",
  );

/** The n-th stand-in of a kind. Addresses are those set aside for examples (RFC 2606, RFC 5737). */
const MADE: Readonly<Record<Kind, (nth: number, text: string) => string>> = {
  email: (nth) => `user-${nth}@example.com`,
  card: (nth) => (nth === 1 ? "4242424242424242" : `${4_000_000_000_000_000 + nth}`),
  iban: (nth) => `GB00EXMP${String(nth).padStart(14, "0")}`,
  token: (nth) => `token-${nth}`,
  secret: (nth) => `secret-${nth}`,
  name: (nth) => (nth <= NAMES.length ? NAMES[nth - 1]! : `Person ${nth}`),
  phone: (nth) => `+1 555 01${String(nth % 100).padStart(2, "0")}`,
  address: (nth) => `${nth} Example Street`,
  ip: (nth, text) => (text.includes(":") ? `2001:db8::${nth}` : `192.0.2.${nth % 256}`),
  text: (nth, text) => shapedText(nth, text),
  number: (nth, text) => String(nth).padStart(Math.min(text.length, 9), "1"),
};

/** Of the form that it had, where its form may matter. */
function shapedText(nth: number, text: string): string {
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return "2026-01-01T00:00:00Z";
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return "2026-01-01";
  if (/^https?:\/\//.test(text)) return `https://example.com/${nth}`;
  if (/^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(text))
    return `00000000-0000-4000-8000-${String(nth).padStart(12, "0")}`;
  if (/^\d+$/.test(text)) return String(nth).padStart(text.length, "0");
  return `text ${nth}`;
}

/** Shorter ones would be met by chance. */
const LEAST = 4;

/** What was taken out in one place stands in texts elsewhere, too: "Ada pushed". */
function withinTexts(value: unknown, stands: ReadonlyMap<string, string>): unknown {
  const long = [...stands].filter(([text]) => text.length >= LEAST).sort(([a], [b]) => b.length - a.length);
  if (long.length === 0) return value;
  const made = new Set(stands.values());
  const visit = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(visit);
    if (isFields(part))
      return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, visit(one)]));
    if (typeof part !== "string" || made.has(part)) return part;
    return long.reduce((text, [from, to]) => text.replaceAll(from, to), part);
  };
  return visit(value);
}

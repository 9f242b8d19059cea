/** Reads the signatures off a request: from headers, body or query; single ones, and lists in their many shapes. */
import { find, readPath, textOf } from "./locate.ts";
import type { Opened } from "./locate.ts";
import { headerValues, MAX_HEADER_LENGTH } from "./headers.ts";
import type { Scheme } from "./scheme.ts";
import { refusal } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

/** Most items that are looked at in a list. */
const MAX_ITEMS = 64;

/** Signatures that stand together with the fields beside them (Stripe's `t=…,v1=…`). */
export interface Group {
  readonly signatures: readonly string[];
  readonly field: (name: string) => string | undefined;
}

type List = NonNullable<Scheme["list"]>;

/** The places a scheme's `from` names, numbered headers one by one. */
export function placesOf(scheme: Scheme): string[] {
  const from = scheme.from ?? "header:authorization";
  return (typeof from === "string" ? [from] : from).flatMap((place) => {
    const [, stem, first, last] = /^(header:.*?)(\d+)\.\.(\d+)$/.exec(place) ?? [];
    if (stem === undefined) return place;
    return Array.from(
      { length: Math.min(Number(last) - Number(first) + 1, 100) },
      (_, i) => `${stem}${Number(first) + i}`,
    );
  });
}

/** The text that must stand before a signature; a source's own scheme comes with the default, which is none, written out. */
export function prefixOf({ kind, prefix = "" }: Scheme): string {
  return kind === "basic" && prefix === "" ? "Basic " : prefix;
}

/** Compiles the reading of a scheme's signatures: at least one, or why there is none. */
export function compileReader(scheme: Scheme): (opened: Opened, item: unknown) => Group[] | Refusal {
  const places = placesOf(scheme);
  const names = places
    .map((place) => (place.startsWith("header:") ? `header ${place.slice(7)}` : place))
    .slice(0, 3);
  const strip = stripper(prefixOf(scheme), names[0]!);
  return (opened, item) => {
    const groups: Group[] = [];
    let count = 0;
    for (const place of places) {
      const values = valuesAt(place, opened, item);
      if (values.length > 1 && scheme.list === undefined)
        return refusal("malformed", `${names[0]} was sent ${values.length} times`);
      for (const value of values) {
        if (value.length > MAX_HEADER_LENGTH)
          return refusal("malformed", `${names[0]} is longer than ${MAX_HEADER_LENGTH} characters`);
        const read = scheme.list === undefined ? single(value, strip) : listed(value, scheme.list, strip);
        if ("ok" in read) return read;
        groups.push(...read);
        count += read.reduce((sum, group) => sum + group.signatures.length, 0);
        if (count > MAX_ITEMS)
          return refusal("malformed", `${names[0]} holds more than ${MAX_ITEMS} signatures`);
      }
    }
    if (groups.length === 0) return refusal("missing", `${names.join(" or ")} is missing or empty`);
    if (groups.every((group) => group.signatures.length === 0))
      return refusal("missing", `${names[0]} holds no ${scheme.list?.field ?? "signature"}`);
    return groups;
  };
}

/** True when an item of the scheme's list has the name of its signatures. */
export function offersField(scheme: Scheme, opened: Opened): boolean {
  const { separator, pair = "", field = "" } = scheme.list!;
  const start = field + pair;
  return placesOf(scheme)
    .flatMap((place) => valuesAt(place, opened, undefined))
    .some((value) => value.split(separator, MAX_ITEMS).some((item) => item.trim().startsWith(start)));
}

function valuesAt(place: string, opened: Opened, item: unknown): readonly string[] {
  const name = place.slice(place.indexOf(":") + 1);
  if (place.startsWith("header:") && !name.includes("#"))
    return headerValues(opened.request, name).filter((value) => value !== "");
  if (place === "body")
    return opened.request.body.length === 0 ? [] : [opened.request.body.toString("latin1")];
  const text = place.startsWith("item:") ? textOf(readPath(item, name)) : find(place, opened);
  // Text of bodies is UTF-8; as latin1 its bytes are those of a header.
  return text === undefined || text === "" ? [] : [Buffer.from(text, "utf8").toString("latin1")];
}

type Strip = (text: string) => string | Refusal;

function stripper(prefix: string, name: string): Strip {
  // Authentication schemes are case-insensitive: RFC 9110 § 11.1.
  const loose = /^(basic|bearer) $/i.test(prefix);
  return (text) => {
    const start = text.slice(0, prefix.length);
    if (start === prefix || (loose && start.toLowerCase() === prefix.toLowerCase()))
      return text.slice(prefix.length);
    return refusal("malformed", `${name} does not begin with \`${prefix}\``);
  };
}

function single(value: string, strip: Strip): Group[] | Refusal {
  const signature = strip(value);
  return typeof signature === "string" ? [{ signatures: [signature], field: () => undefined }] : signature;
}

function listed(value: string, list: List, strip: Strip): Group[] | Refusal {
  const texts = list.groups === undefined ? [value] : value.split(list.groups).filter((text) => text !== "");
  const groups: Group[] = [];
  for (const text of texts) {
    const items = text.split(list.separator).map((item) => item.trim());
    if (items.length > MAX_ITEMS || groups.length > MAX_ITEMS)
      return refusal("malformed", `the signature list holds more than ${MAX_ITEMS} items`);
    const signatures = signaturesIn(items, list).map(strip);
    groups.push({
      signatures: signatures.filter((each) => typeof each === "string" && each !== "") as string[],
      field: fieldReader(items, list),
    });
  }
  return groups;
}

function signaturesIn(items: readonly string[], list: List): readonly string[] {
  const { pair, field, position } = list;
  if (position !== undefined) return items.slice(position);
  if (pair === undefined) return items;
  if (field === undefined) return items.filter((item) => !item.includes(pair));
  return items
    .filter((item) => item.startsWith(field + pair))
    .map((item) => item.slice(field.length + pair.length));
}

/** A field by name, or by place where the list is positional. Twice there: not told apart, so missing. */
function fieldReader(items: readonly string[], { pair, position }: List): Group["field"] {
  if (position !== undefined || pair === undefined) return (name) => items[Number(name)] || undefined;
  return (name) => {
    const found = items.filter((item) => item.startsWith(name + pair));
    return found.length === 1 ? found[0]!.slice(name.length + pair.length) || undefined : undefined;
  };
}

/**
 * XML as a value that rules can read. No document type, no entities but the five of XML and character references.
 * An element becomes its text, or an object of its attributes (`@name`), children and text (`#text`); repeated children
 * become an array. Namespace prefixes and declarations are left out.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";

/** In order, so that nothing is told apart by its name alone; CDATA by itself, since what looks like references in it is none. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  textNodeName: "#text",
  cdataPropName: "#cdata",
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  trimValues: false,
  // What is made here has no prototype to be spoilt; `__proto__` and its like are refused by the parser itself.
  onDangerousProperty: (name) => name,
});

/** A part of a document as the parser tells it: one member, which is the name, and `:@` for attributes. */
type Part = Readonly<Record<string, unknown>>;

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The document's value: an object with its root element. Throws where it is not well-formed, has a document type or other entities. */
export function parseXml(text: string): unknown {
  const bare = text.replace(/^\ufeff/, "");
  if (/<!(?:DOCTYPE|ENTITY)/i.test(bare)) throw new Error("XML with a document type is not read.");
  if (XMLValidator.validate(bare) !== true) throw new Error("The XML is not well-formed.");
  const value = valueOf(parser.parse(bare) as readonly Part[], {});
  if (typeof value !== "object" || Object.keys(value).length !== 1)
    throw new Error("The XML has no root element.");
  return value;
}

type Value = string | Readonly<Record<string, unknown>>;

/** An element's value: its text where it has nothing else. */
function valueOf(parts: readonly Part[], attributes: Readonly<Record<string, string>>): Value {
  const members = new Map<string, unknown>();
  const add = (name: string, value: unknown): void => {
    const known = members.get(name);
    members.set(
      name,
      known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value],
    );
  };
  for (const [name, text] of Object.entries(attributes))
    if (name !== "@xmlns" && !name.startsWith("@xmlns:"))
      members.set(`@${localName(name.slice(1))}`, decoded(text));
  let text = "";
  for (const part of parts) {
    const [name = "", content] = Object.entries(part).find(([each]) => each !== ":@") ?? [];
    if (name === "#text") text += decoded(String(content).trim());
    else if (name === "#cdata") text += textsIn(content as readonly Part[]);
    else
      add(localName(name), valueOf(content as readonly Part[], (part[":@"] ?? {}) as Record<string, string>));
  }
  if (members.size === 0) return text;
  if (text !== "") members.set("#text", text);
  return Object.fromEntries(members);
}

function textsIn(parts: readonly Part[]): string {
  return parts.map((part) => String(part["#text"] ?? "")).join("");
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function decoded(text: string): string {
  return text.replace(/&([^;\s&]{0,12});?/g, (reference, name: string) => {
    if (!reference.endsWith(";")) throw new Error("An & stands alone.");
    if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name]!;
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
    const code = hex === undefined ? Number(decimal ?? NaN) : Number.parseInt(hex, 16);
    if (!Number.isInteger(code) || code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      throw new Error("The XML refers to an entity that it must not define.");
    return String.fromCodePoint(code);
  });
}

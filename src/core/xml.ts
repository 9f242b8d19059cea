/**
 * XML as a value that rules can read. No document type, no entities but the five of XML and character references.
 * An element becomes its text, or an object of its attributes (`@name`), children and text (`#text`); repeated children
 * become an array. Namespace prefixes and declarations are left out.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  textNodeName: "#text",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  tagValueProcessor: (_, value) => decoded(value),
  attributeValueProcessor: (_, value) => decoded(value),
});

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The document's value: an object with its root element. Throws where it is not well-formed, has a document type or other entities. */
export function parseXml(text: string): unknown {
  const bare = text.replace(/^\ufeff/, "");
  if (/<!(?:DOCTYPE|ENTITY)/i.test(bare)) throw new Error("XML with a document type is not read.");
  if (XMLValidator.validate(bare) !== true) throw new Error("The XML is not well-formed.");
  const value = withoutDeclarations(parser.parse(bare));
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1)
    throw new Error("The XML has no root element.");
  return value;
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

/** `xmlns` attributes say nothing once prefixes are gone. */
function withoutDeclarations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDeclarations);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .filter(([name, each]) => !(name === "@xmlns" || (name.startsWith("@") && isNamespace(each))))
    .map(([name, each]) => [name, withoutDeclarations(each)] as const);
  const [only] = kept;
  if (kept.length === 0 && Object.keys(value).length > 0) return "";
  return kept.length === 1 && only![0] === "#text" ? only![1] : Object.fromEntries(kept);
}

/** The parser cuts `xmlns:` off like any other prefix, so declarations are told by what they hold. */
function isNamespace(value: unknown): boolean {
  return typeof value === "string" && /^(?:https?:\/\/|urn:)/.test(value);
}

/**
 * A value as XML: the inverse of `parseXml`. `@name` is an attribute, `#text` the text, an array is repeated elements,
 * anything else an element's text. What `parseXml` reads again is the same value, with numbers and booleans as texts.
 */
import { isFields } from "./schema-walk.ts";

/** XML 1.0 § 2.3, without colons; attributes and root attributes may have a prefix. */
const NAME =
  /^[A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u3001-\ud7ff][\w.\u00b7\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u036f\u0370-\u037d\u037f-\u1fff\u3001-\ud7ff-]*$/;
const PREFIXED = /^(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*$/;
/** What no XML 1.0 document can hold, not even as a reference: § 2.2. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** The document of an object with its root element. Throws an Error whose sentence tells what XML cannot hold, and where. */
export function writeXml(value: unknown, attributes: Readonly<Record<string, string>> = {}): string {
  const entries = isFields(value) ? Object.entries(value) : [];
  const [root] = entries;
  if (root === undefined || entries.length !== 1 || Array.isArray(root[1]))
    throw new Error("XML needs one root element: an object with one key, which is no list");
  const [name, content] = root;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content, "", attributes)}`;
}

function element(
  name: string,
  value: unknown,
  path: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const here = `${path}/${name}`;
  if (!NAME.test(name)) throw new Error(`${where(path)} has a key that cannot be an element's name`);
  let head = Object.entries(more)
    .map(([key, text]) => attribute(key, text, here))
    .join("");
  if (!isFields(value)) return enclosed(name, head, escapedText(textOf(value, here), here));
  let body = "";
  for (const [key, part] of Object.entries(value)) {
    if (key.startsWith("@")) head += attribute(key.slice(1), textOf(part, `${here}/${key}`), here);
    else if (key === "#text") body += escapedText(textOf(part, here), here);
    else for (const item of Array.isArray(part) ? part : [part]) body += element(key, item, here);
  }
  return enclosed(name, head, body);
}

function enclosed(name: string, head: string, body: string): string {
  return body === "" ? `<${name}${head}/>` : `<${name}${head}>${body}</${name}>`;
}

function attribute(name: string, text: string, path: string): string {
  if (!PREFIXED.test(name) && !NAME.test(name))
    throw new Error(`${where(path)} has a key that cannot be an attribute's name`);
  return ` ${name}="${escapedText(text, path)}"`;
}

function textOf(value: unknown, path: string): string {
  if (value === null) return "";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return String(value);
  throw new Error(
    `${where(path)} is ${Array.isArray(value) ? "a list in a list" : "no text"}, which XML cannot hold`,
  );
}

function escapedText(text: string, path: string): string {
  if (FORBIDDEN.test(text)) throw new Error(`${where(path)} holds a character that XML cannot hold`);
  // Readers trim text: white space at an end is written so that it stays.
  return text.replace(/[&<>"'\t\n\r]|^\s|\s$/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Keys of results are the rule's own words; they are cut, as they may be data all the same. */
function where(path: string): string {
  return path === "" ? "the result" : `\`${path.slice(0, 80)}\``;
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseXml } from "../../src/core/xml.ts";
import { writeXml } from "../../src/core/write-xml.ts";

const name = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/)
  .filter(
    (text) =>
      !["__proto__", "constructor", "prototype", "hasOwnProperty", "toString"].includes(text) &&
      !/^xml/i.test(text),
  );
/** XML 1.0 holds no other control characters, and no lone surrogates. */
const text = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(..." \u00a0\u3000\ufeff\n\t\ra&<"), maxLength: 6 }),
  )
  // eslint-disable-next-line no-control-regex -- these are what is left out
  .map((one) => one.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ""));
/** Readers take an attribute that looks like a namespace for its declaration. */
const attribute = text.filter((one) => !/^(?:https?:\/\/|urn:)/.test(one));

/** Values as `parseXml` gives them: texts, and objects of attributes, text and children; lists of two or more. */
const { element } = fc.letrec<{ element: unknown; fields: Record<string, unknown> }>((tie) => ({
  element: fc.oneof({ maxDepth: 4 }, text, tie("fields")),
  fields: fc
    .record({
      attributes: fc.dictionary(
        name.map((one) => `@${one}`),
        attribute,
        { maxKeys: 3, noNullPrototype: true },
      ),
      children: fc.dictionary(
        name,
        fc.oneof(tie("element"), fc.array(tie("element"), { minLength: 2, maxLength: 3 })),
        { minKeys: 1, maxKeys: 3, noNullPrototype: true },
      ),
    })
    .map(({ attributes, children }) => ({ ...attributes, ...children })),
}));

describe("a value as XML", () => {
  it("is read again as the same value", () => {
    fc.assert(
      fc.property(name, element, (root, value) => {
        expect(parseXml(writeXml({ [root]: value }))).toEqual({ [root]: value });
      }),
      { numRuns: 500 },
    );
  });

  it("has attributes, text, children and repeated elements", () => {
    const value = {
      order: { "@id": 7, item: [{ "#text": "a & b", "@n": "1" }, "<c>"], note: null, paid: true, empty: {} },
    };
    expect(writeXml(value, { xmlns: "urn:orders", "xmlns:x": "urn:x" })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<order xmlns="urn:orders" xmlns:x="urn:x" id="7">' +
        '<item n="1">a &#38; b</item><item>&#60;c&#62;</item><note/><paid>true</paid><empty/></order>',
    );
  });

  it.each<[string, unknown]>([
    ["one root element", { a: 1, b: 2 }],
    ["one root element", [1]],
    ["one root element", { a: [1, 2] }],
    ["cannot be an element's name", { a: { "b c": 1 } }],
    ["cannot be an element's name", { a: { "<b": 1 } }],
    ["cannot be an attribute's name", { a: { '@b"': 1 } }],
    ["a list in a list", { a: { b: [[1]] } }],
    ["no text", { a: { "@b": {} } }],
    ["a character that XML cannot hold", { a: "\u0000" }],
    ["a character that XML cannot hold", { a: "\ud800" }],
  ])("is refused where it needs %s: %j", (sentence, value) => {
    expect(() => writeXml(value)).toThrow(sentence);
  });
});

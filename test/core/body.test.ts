/** What comes in: every format that is read, its limits, and what of it is passed on as it was. */
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactText } from "../../src/core/big-integers.ts";
import { decodeContent, inUtf8, kindOfContentType, readBody } from "../../src/core/body.ts";
import type { BodyKind } from "../../src/core/event.ts";

const read = (text: string | Buffer, kind: BodyKind): unknown =>
  readBody(typeof text === "string" ? Buffer.from(text) : text, kind);

test.each([
  ["application/json", "json"],
  ["application/vnd.contentful.management.v1+json", "json"],
  ["application/cloudevents+json; charset=UTF-8", "json"],
  ["application/cloudevents-batch+json", "json"],
  ["application/x-www-form-urlencoded", "form"],
  ["multipart/form-data; boundary=x", "multipart"],
  ["text/xml; charset=utf-8", "xml"],
  ["application/xml", "xml"],
  ["application/atom+xml", "xml"],
  ["application/x-ndjson", "ndjson"],
  ["application/jsonl", "ndjson"],
  ["text/plain", "text"],
  ['text/plain; charset="ISO-8859-1"', "text"],
  ["application/json; charset=ebcdic", undefined],
  ["image/png", undefined],
  ["text/html", undefined],
  [undefined, undefined],
])("content type %s → %s", (type, kind) => {
  expect(kindOfContentType(type)).toBe(kind);
});

describe("whole numbers beyond 2^53", () => {
  test("are texts of their digits for rules, and remembered as they were written", () => {
    const text =
      '{"id": 9007199254740993, "n": -12345678901234567890, "f": 1.1234567890123456789, "s": "9007199254740993"}';
    const value = read(text, "json");
    expect(value).toEqual({
      id: "9007199254740993",
      n: "-12345678901234567890",
      f: 1.1234567890123457,
      s: "9007199254740993",
    });
    expect(exactText(value)).toBe(text);
  });

  test("are rounded where the source says so, and still passed on digit for digit", () => {
    const value = read("[9007199254740993]", "json-rounded");
    expect(value).toEqual([9007199254740992]);
    expect(exactText(value)).toBe("[9007199254740993]");
  });

  test("that fit are numbers, and nothing else is remembered", () => {
    const value = read('{"a":9007199254740991,"b":1e300,"c":"1234567890123456789"}', "json");
    expect(value).toEqual({ a: 9007199254740991, b: 1e300, c: "1234567890123456789" });
    expect(exactText(value)).toBeUndefined();
  });

  test("never change what else a JSON says", () => {
    fc.assert(
      fc.property(fc.json(), fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 80n }), (json, big) => {
        const value = read(`{"big":${big},"rest":${json}}`, "json") as { big: unknown; rest: unknown };
        expect(value.big).toBe(String(big));
        const plain: unknown = JSON.parse(json);
        if (!/\d{16}/.test(json)) expect(value.rest).toEqual(plain);
      }),
    );
  });

  test("in a megabyte of digits and quotes take no more than 200 ms", () => {
    const hard = `["${'\\\\\\"1'.repeat(150_000)}",${"1".repeat(300_000)},${'"12345678901234567890",'.repeat(10_000)}1]`;
    const before = performance.now();
    read(hard, "json");
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

describe("XML", () => {
  test("attributes, repeated elements, text and namespaces, as documented", () => {
    const xml = `<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:a"><s:Body>
<item id="1" s:kind='a&amp;b'>x &lt; y &#252;&#xfc;</item><item id="2"/><empty></empty><one>007</one><c><![CDATA[<b>]]></c>
</s:Body></s:Envelope>`;
    expect(read(xml, "xml")).toEqual({
      Envelope: {
        Body: {
          item: [{ "@id": "1", "@kind": "a&b", "#text": "x < y üü" }, { "@id": "2" }],
          empty: "",
          one: "007",
          c: "<b>",
        },
      },
    });
  });

  test("an attribute that holds a URL is kept; declarations of namespaces are not", () => {
    expect(
      read(
        '<r xmlns="urn:z" xmlns:a="http://a"><a href="https://e.com/?a=1&amp;b=2" id="urn:x">t</a></r>',
        "xml",
      ),
    ).toEqual({ r: { a: { "@href": "https://e.com/?a=1&b=2", "@id": "urn:x", "#text": "t" } } });
    expect(read('<r xmlns:a="urn:a" a:id="1"><a:x>1</a:x><x a:y="2"/></r>', "xml")).toEqual({
      r: { "@id": "1", x: ["1", { "@y": "2" }] },
    });
  });

  test("CDATA is taken as it stands, even what looks like a reference", () => {
    expect(read("<a><![CDATA[<b>&lt;&unknown;</b>]]></a>", "xml")).toEqual({ a: "<b>&lt;&unknown;</b>" });
    expect(read("<a>1 &lt;<![CDATA[ 2 ]]></a>", "xml")).toEqual({ a: "1 < 2 " });
  });

  test("names of the language's own are names like others", () => {
    expect(read('<a constructor="1"><toString>2</toString></a>', "xml")).toEqual({
      a: { "@constructor": "1", toString: "2" },
    });
    const before = Object.keys(Object.prototype).length;
    try {
      read("<a><__proto__><x>1</x></__proto__></a>", "xml");
    } catch (error) {
      expect(String(error)).toMatch(/ACCEPT_BODY_INVALID/);
    }
    expect(Object.keys(Object.prototype).length).toBe(before);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test.each([
    ["a document type", "<!DOCTYPE a><a/>"],
    ["a document type in lower case", '<!doctype a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ["an entity of its own", "<a>&b;</a>"],
    ["a lone ampersand", "<a>a & b</a>"],
    ["no end", "<a><b></a>"],
    ["two roots", "<a/><b/>"],
    ["nothing", ""],
    ["text", "hello"],
    ["a reference to nothing", "<a>&#0;</a>"],
    ["half a character", "<a>&#xd800;</a>"],
    ["100,000 levels", "<a>".repeat(100_000) + "</a>".repeat(100_000)],
    ["150 levels", "<a>".repeat(150) + "</a>".repeat(150)],
  ])("with %s is refused", (_, xml) => {
    expect(() => read(xml, "xml")).toThrow(/ACCEPT_BODY_INVALID/);
  });

  test("does not swell", () => {
    const lol = `<!DOCTYPE lolz [<!ENTITY a "${"x".repeat(1000)}"><!ENTITY b "${"&a;".repeat(1000)}">]><c>&b;</c>`;
    expect(() => read(lol, "xml")).toThrow(/ACCEPT_BODY_INVALID/);
  });
});

describe("multipart", () => {
  const part = (head: string, content: string) =>
    `--B\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;

  test("fields are texts, files what is known of them; names may repeat", () => {
    const body =
      part('name="a"', "1\r\n--2") +
      part('name="b"', "x") +
      part('name="b"', "y") +
      part('name="f"; filename="p.png"\r\nContent-Type: image/png', "\x00\xff") +
      "--B--\r\n";
    expect(read(Buffer.from(body, "latin1"), "multipart")).toEqual({
      a: "1\r\n--2",
      b: ["x", "y"],
      f: { filename: "p.png", contentType: "image/png", bytes: 2 },
    });
  });

  test("a field may hold JSON", () => {
    expect(read(`${part('name="json"', '{"event":{"event_type":"x"}}')}--B--`, "multipart:json")).toEqual({
      event: { event_type: "x" },
    });
    expect(() => read(`${part('name="other"', "1")}--B--`, "multipart:json")).toThrow(/no field `json`/);
  });

  test.each([
    "",
    "--B",
    "--B\r\n",
    part('name="a"', "1"),
    `${part("nothing", "1")}--B--`,
    "--B\r\nno head--B--",
  ])("%j is refused", (body) => {
    expect(() => read(body, "multipart")).toThrow(/ACCEPT_BODY_INVALID/);
  });
});

describe("the rest", () => {
  test("NDJSON is a list of its lines; a wrong one is named", () => {
    expect(read('{"a":1}\r\n\n[2]\n', "ndjson")).toEqual([{ a: 1 }, [2]]);
    expect(() => read('{"a":1}\n{"a"', "ndjson")).toThrow(/Line 2 of the body is not valid JSON/);
  });

  test("a form whose field holds JSON, or XML in base64", () => {
    expect(read(`payload=${encodeURIComponent('{"a":[1]}')}&x=1`, "form:payload")).toEqual({ a: [1] });
    const xml = Buffer.from("<notification><kind>check</kind></notification>\n").toString("base64");
    const form = `bt_signature=x&bt_payload=${encodeURIComponent(xml)}`;
    expect(read(form, "form-xml:bt_payload")).toEqual({ notification: { kind: "check" } });
  });

  test("a token's claims, with JSON inside", () => {
    const claims = Buffer.from(JSON.stringify({ data: '{"eventType":"a"}', exp: 1 })).toString("base64url");
    expect(read(`e30.${claims}.c2ln`, "jwt")).toEqual({ data: { eventType: "a" }, exp: 1 });
    expect(() => read("no token", "jwt")).toThrow(/ACCEPT_BODY_INVALID/);
  });

  test("other charsets are read as UTF-8; what is not in the charset is refused", () => {
    const latin1 = Buffer.from('{"a":"grün"}', "latin1");
    expect(read(inUtf8(latin1, "application/json; charset=ISO-8859-1"), "json")).toEqual({ a: "grün" });
    expect(read(inUtf8(Buffer.from('"ü"', "utf16le"), "application/json;charset=utf-16le"), "json")).toBe(
      "ü",
    );
    expect(() => inUtf8(Buffer.from([0x61]), "text/plain; charset=utf-16le")).toThrow(/ACCEPT_BODY_INVALID/);
    const same = Buffer.from("ü");
    expect(inUtf8(same, "text/plain; charset=utf-8")).toBe(same);
  });

  test("a form whose percent codes are of another charset is taken all the same: what is no UTF-8 becomes the sign for that", () => {
    const bytes = Buffer.from("a=%ff&b=1");
    expect(inUtf8(bytes, "application/x-www-form-urlencoded")).toBe(bytes);
    expect(readBody(bytes, "form")).toEqual({ a: "\ufffd", b: "1" });
  });

  test("XML is read in the encoding that it names, unless the content type names one", () => {
    const xml = (encoding: string): Buffer =>
      Buffer.from(`<?xml version="1.0" encoding="${encoding}"?>\n<a>grün</a>`, "latin1");
    expect(read(inUtf8(xml("iso-8859-1"), "application/xml"), "xml")).toEqual({ a: "grün" });
    expect(read(inUtf8(xml("Windows-1252"), "text/xml"), "xml")).toEqual({ a: "grün" });
    expect(() => read(inUtf8(xml("iso-8859-1"), "application/xml; charset=utf-8"), "xml")).toThrow(/UTF-8/);
    expect(() => read(inUtf8(xml("ebcdic-cp-de"), "application/xml"), "xml")).toThrow(/UTF-8/);
    const utf8 = Buffer.from('<?xml version="1.0" encoding="utf-16"?><a>grün</a>');
    expect(inUtf8(utf8, "application/xml")).toBe(utf8);
  });

  test("JSON may begin with a byte order mark", () => {
    expect(read('\ufeff{"a":1}', "json")).toEqual({ a: 1 });
    expect(exactText(read('\ufeff{"a":9007199254740993}', "json"))).toBe('{"a":9007199254740993}');
    expect(read('\ufeff{"a":1}\n{"a":2}', "ndjson")).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("UTF-16 with a mark is read in the order that the mark says", () => {
    const big = Buffer.from([0xfe, 0xff, 0x00, 0x22, 0x00, 0xfc, 0x00, 0x22]);
    expect(read(inUtf8(big, "application/json; charset=utf-16"), "json")).toBe("ü");
    const little = Buffer.from([0xff, 0xfe, 0x22, 0x00, 0xfc, 0x00, 0x22, 0x00]);
    expect(read(inUtf8(little, "application/json; charset=UTF-16"), "json")).toBe("ü");
  });

  test.each(["[", '{"a":', '{"a":['])("half a megabyte of %s is refused, and soon", (opening) => {
    const closing = [...opening.replace(/[^[{]/g, "")].reverse().map((one) => (one === "[" ? "]" : "}"));
    const times = Math.floor(500_000 / opening.length);
    const start = performance.now();
    const body = opening.repeat(times) + (opening.endsWith(":") ? "1" : "") + closing.join("").repeat(times);
    expect(() => read(body, "json")).toThrow(/nested deeper than 100 levels|not valid JSON/);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test("100 levels are read, 101 are not", () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    expect(() => read(nested(100), "json")).not.toThrow();
    expect(() => read(nested(101), "json")).toThrow(/deeper than 100/);
    expect(() => read(`1\n${nested(101)}`, "ndjson")).toThrow(/Line 2.*deeper than 100/);
    expect(() => read(`payload=${nested(101)}`, "form:payload")).toThrow(/deeper than 100/);
  });

  test.each([
    ["", "json"],
    [" \r\n", "json"],
    ["", "xml"],
    ["", "multipart"],
    ["", "jwt"],
  ] as const)("an empty body, %j, is no %s", (body, kind) => {
    expect(() => read(body, kind)).toThrow(/ACCEPT_BODY_INVALID/);
  });

  test("an empty form has no fields, empty lines hold nothing, and an empty text is one", () => {
    expect(read("", "form")).toEqual({});
    expect(read("\n\n", "ndjson")).toEqual([]);
    expect(read("", "text")).toBe("");
    expect(read("", "empty")).toBeNull();
  });

  test.each([
    ["a part of one", gzipSync("hello").subarray(0, 12), "gzip", /ACCEPT_BODY_INVALID/],
    [
      "one with something behind",
      Buffer.concat([gzipSync("hello"), Buffer.from("x")]),
      "gzip",
      /ACCEPT_BODY_INVALID/,
    ],
    ["no gzip at all", Buffer.from("hello"), "gzip", /ACCEPT_BODY_INVALID/],
    [
      "a bomb in a second member",
      Buffer.concat([gzipSync("a"), gzipSync(Buffer.alloc(9_000_000))]),
      "gzip",
      /TOO_LARGE/,
    ],
    ["a bomb of deflate", deflateSync(Buffer.alloc(9_000_000)), "deflate", /TOO_LARGE/],
    ["twice", gzipSync(gzipSync("hello")), "gzip, gzip", /ACCEPT_TYPE_UNSUPPORTED/],
    ["brotli", Buffer.from("x"), "br", /ACCEPT_TYPE_UNSUPPORTED/],
  ] as const)("compressed: %s is refused", (_, bytes, encoding, why) => {
    expect(() => decodeContent(bytes, encoding, 1_048_576)).toThrow(why);
  });

  test("what inflates beyond the limit is refused before it is held", () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(() => decodeContent(bomb, "gzip", 1_048_576)).toThrow(/ACCEPT_BODY_TOO_LARGE/);
  });
});

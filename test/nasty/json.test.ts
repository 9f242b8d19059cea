/** JSON as senders get it wrong, in the categories of JSONTestSuite (RFC 8259): what is valid is taken and passed on with all that it says, what is not is refused, nothing is the router's own failure. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await aScene({});
}, 60_000);
afterAll(() => scene.close());

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const quoted = (bytes: string): Buffer => Buffer.concat([Buffer.from('["'), hex(bytes), Buffer.from('"]')]);

/** Valid by the grammar: taken, and delivered as what it says. */
const VALID: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  "structures of every kind": [
    "[]",
    "{}",
    '[""]',
    "[[],{},[{}]]",
    '{"a":{"b":[{"c":null}]}}',
    "[1,[2,[3,[4]]]]",
    "null",
    "true",
    "false",
    "0",
    '"lonely"',
    '""',
    '[null,1,"1",{}]',
    '{"":0}',
    '{"a":1,"b":2,"":3}',
    `[${"1,".repeat(4_999)}1]`,
    "[".repeat(100) + "]".repeat(100),
  ],
  "white space of the four kinds, anywhere between tokens": [
    " [1]",
    "[1] ",
    "\t\n\r [\r\n1 ,\t2 ]\n\n",
    '{ "a" : 1 }\n',
    " null ",
    '["\u2028 \u2029 \u00a0"]',
  ],
  "names that are there twice, or are JavaScript's own": [
    '{"a":1,"a":2}',
    '{"a":"b","a":"b"}',
    '{"__proto__":{"x":1},"constructor":1,"toString":null,"hasOwnProperty":[]}',
    '{"__proto__":1,"__proto__":{"polluted":true}}',
    '{"prototype":{},"valueOf":{},"then":1,"toJSON":1}',
  ],
  "numbers of every form": [
    "[0]",
    "[-0]",
    "[123]",
    "[-1]",
    "[0.5]",
    "[1.5e3]",
    "[1E22]",
    "[1e-2]",
    "[1E+2]",
    "[0e1]",
    "[0e+1]",
    "[20e1]",
    "[123.456789]",
    "[-0.0000000000000000000000000000000000000000000000000000001]",
    "[9007199254740993]",
    "[-9223372036854775808]",
    "[18446744073709551616]",
    "[100000000000000000000000000000]",
    "[3.141592653589793238462643383279]",
  ],
  "escapes, of which there are nine": [
    '["\\"\\\\\\/\\b\\f\\n\\r\\t"]',
    '["\\u0041\\u00e9\\uFFFF\\u0000\\u007f"]',
    '["\\u0012"]',
    '["\\uD834\\uDD1E"]',
    '["\\ud83d\\ude39\\ud83d\\udc8d"]',
    '["\\u2028\\u2029\\uFDD0\\uFFFE"]',
    '["\\\\u0000"]',
    '["\\\\n"]',
    '["a\\/b"]',
    '{"\\u0000\\uDBFF\\uDFFF":1}',
  ],
  "signs of every length in UTF-8": [
    '["é€𝄞"]',
    '["\u007f\u0080"]',
    '["\u{10ffff}\u{fffe}"]',
    '["/* no comment */ // nor this"]',
    '["\ue000\uffff"]',
    '{"日本":"🏴‍☠️"}',
  ],
};

/** Not valid by the grammar: refused with 400. */
const INVALID: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  "arrays that do not add up": [
    "[",
    "]",
    "[1",
    "[1,",
    "[,1]",
    "[1,]",
    "[1,,2]",
    "[,]",
    "[1:2]",
    "[1 true]",
    '["a"',
    '["a",\n4\n,1,',
    "[[[",
    "[1]]",
    '[""',
    "[3[4]]",
    "[1}",
    "[}",
  ],
  "objects that do not add up": [
    "{",
    "}",
    "{]",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{"a":1,,"b":2}',
    '{,"a":1}',
    '{"a" 1}',
    '{"a"::1}',
    '{"a":1 "b"}',
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{null:null}",
    '{"a":1}#',
    '{"a":1}/**/',
    '{"a":/*b*/1}',
    '{"a":1}//',
    "{[:1}",
    '{"x", null}',
    '{:"b"}',
    '{"a":b}',
    '{"a":"b"}}',
  ],
  "words that are none": [
    "nul",
    "tru",
    "fals",
    "NULL",
    "True",
    "undefined",
    "NaN",
    "[NaN]",
    "[Infinity]",
    "[-Infinity]",
    "[+Inf]",
    "[nan]",
    "truE",
    "[True]",
    "[fals]",
    "abc",
    "a\u00e5",
    "*",
    "<.>",
    "[<null>]",
    "$x",
    "\u00e5",
  ],
  "numbers that are none": [
    "[+1]",
    "[-]",
    "[-a]",
    "[- 1]",
    "[--1]",
    "[01]",
    "[-01]",
    "[-012]",
    "[00]",
    "[1.]",
    "[.5]",
    "[-.5]",
    "[2.e3]",
    "[2.e+3]",
    "[0.e1]",
    "[1e]",
    "[1e+]",
    "[1eE2]",
    "[0.3e+]",
    "[1.0e-]",
    "[0x1]",
    "[0xFF]",
    "[1_000]",
    "[1 000]",
    "[1.2.3]",
    "[0.1.2]",
    "[1+2]",
    "[1a]",
    "[-1x]",
    "[\uff11]",
    "[1e1.5]",
    "[9.e+]",
    "-",
    "+",
    "2@",
  ],
  "texts that are none": [
    "['a']",
    '["a',
    '"',
    '["\\x00"]',
    '["\\a"]',
    '["\\0"]',
    '["\\u00A"]',
    '["\\u00G0"]',
    '["\\uD834\\u"]',
    '["\\u"]',
    '["\\"]',
    '["\\\\\\"]',
    '["\\U0041"]',
    '["\\\u{1f300}"]',
    "[\\n]",
    '["a\u0000b"]',
    '["a\nb"]',
    '["a\tb"]',
    '["\u001f"]',
    '"\\',
    '[\\u0020"a"]',
    '["a"b"]',
    "a",
    "`a`",
  ],
  "more than one value, or none": [
    "",
    " ",
    "\n",
    "1 2",
    "[][]",
    "{}{}",
    '""""',
    "[1],",
    "{};",
    "nulltrue",
    "\f[]",
    "[\u000b1]",
    "[1]\u00a0",
    "\u2060[]",
    "[1]x",
    "[\u0000]",
    "\u0000",
    "[]\u0000",
  ],
  "bytes that are no UTF-8": [
    quoted("ff"),
    quoted("c0 80"),
    quoted("c1 bf"),
    quoted("e0 80 80"),
    quoted("e2 82"),
    quoted("ed a0 80"),
    quoted("ed bf bf"),
    quoted("f0 80 80 80"),
    quoted("f4 90 80 80"),
    quoted("f8 88 80 80 80"),
    quoted("80"),
    quoted("c3 28"),
    quoted("e5"),
    hex("ff"),
    hex("5b 31 2c e5 5d"),
    hex("fe ff 00 5b 00 5d"),
    hex("ff fe 5b 00 5d 00"),
    hex("00 5b 00 5d"),
    hex("5b 00 5d 00"),
  ],
  "levels beyond the hundredth": [
    "[".repeat(101) + "]".repeat(101),
    '{"a":'.repeat(101) + "1" + "}".repeat(101),
    "[".repeat(100_000),
    '[{"":'.repeat(50_000),
    "[".repeat(5_000) + "]".repeat(5_000),
  ],
};

/** What a target is sent of a JSON text: whole numbers digit for digit, of names that are there twice the last, a lonely text as text. */
function saying(text: string): string {
  const value: unknown = JSON.parse(text);
  if (typeof value === "string") return value;
  const digits = /(?<![\w."])-?\d{16,}(?![\w."])/.exec(text)?.[0];
  return digits === undefined ? JSON.stringify(value) : `[${digits}]`;
}

/** Left to the reader by the grammar: taken or refused, and never a failure. */
const OPEN: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  "numbers out of range": [
    "[1e400]",
    "[-1e400]",
    "[1e-400]",
    "[123123e100000]",
    "[0.4e00669999999999999999999999999999999999999999999999969999999006]",
    `[${"9".repeat(400)}]`,
    `[-${"1".repeat(5_000)}.5]`,
  ],
  "halves of surrogate pairs, escaped": [
    '["\\uD800"]',
    '["\\uDC00"]',
    '["\\uD834\\uD834"]',
    '["\\uDd1e\\uD834"]',
    '["\\uD800abc"]',
    '{"\\uDFAA":0}',
    '["\\uD800\\n"]',
  ],
  "a mark before the first byte": [hex("ef bb bf 7b 7d"), hex("ef bb bf")],
};

async function statusesOf(cases: readonly (string | Buffer)[]): Promise<[string, number][]> {
  const answered = await Promise.all(cases.map((body) => post(scene.router.hooks, { body })));
  return answered.map(({ status }, at) => [shown(cases[at]!), status]);
}

function shown(body: string | Buffer): string {
  const text = typeof body === "string" ? JSON.stringify(body) : body.toString("hex");
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length})` : text;
}

describe("valid JSON", () => {
  it.each(Object.entries(VALID))("%s is taken, and delivered as what it says", async (_what, cases) => {
    const answered = await Promise.all(cases.map((body) => post(scene.router.hooks, { body })));
    expect(answered.map(({ status }, at) => [shown(cases[at]!), status])).toEqual(
      cases.map((body) => [shown(body), 202]),
    );
    for (const [at, { json }] of answered.entries()) {
      const arrived = await until("it arrives", () =>
        scene.target.arrivals.find(({ headers }) => headers["webhook-id"] === json.deliveries?.[0]),
      );
      expect([shown(cases[at]!), arrived.body]).toEqual([shown(cases[at]!), saying(String(cases[at]))]);
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("what is no JSON", () => {
  it.each(Object.entries(INVALID))("%s: refused with 400", async (_what, cases) => {
    expect(await statusesOf(cases)).toEqual(cases.map((body) => [shown(body), 400]));
  });
});

describe("what the grammar leaves open", () => {
  it.each(Object.entries(OPEN))("%s: taken or refused", async (_what, cases) => {
    for (const [body, status] of await statusesOf(cases)) expect([202, 400], body).toContain(status);
    expect(scene.router.process.exitCode).toBeNull();
  });

  it("that is out of range reaches no target as null", async () => {
    for (const body of OPEN["numbers out of range"]!) {
      const { json } = await post(scene.router.hooks, { body });
      for (const id of json.deliveries ?? []) {
        const arrived = await until("it has ended", async () => {
          const { state } = (await (await scene.router.ask(`/api/v1/deliveries/${id}`)).json()) as {
            state: string;
          };
          return (
            state !== "pending" && {
              body: scene.target.arrivals.find(({ headers }) => headers["webhook-id"] === id)?.body,
            }
          );
        });
        expect([shown(body), arrived.body ?? "dead"]).toEqual([
          shown(body),
          expect.not.stringContaining("null"),
        ]);
      }
    }
  });

  it("is delivered or a dead letter where it was taken, and the log has no failure of the router's", async () => {
    await until("nothing waits", async () => {
      const { items } = (await (await scene.router.ask("/api/v1/deliveries?state=pending")).json()) as {
        items: unknown[];
      };
      return items.length === 0;
    });
    const odd = scene.router.log.filter(({ level }) => level === "error");
    expect(odd).toEqual([]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyText, lineId, readLineId } from "../../src/core/line-id.ts";
import { LINE_RULES } from "../../src/core/line.ts";

const TAG = "0123abcd";

describe("a line's id", () => {
  it("tells its route, its rule and its key", () => {
    expect(lineId(TAG, "order", "issue 7/ä")).toBe("0123abcdo:issue%207%2F%C3%A4");
    expect(readLineId("0123abcdo:issue%207%2F%C3%A4")).toEqual({ tag: TAG, rule: "order", key: "issue 7/ä" });
    expect(readLineId(lineId(TAG, "batch", ""))).toEqual({ tag: TAG, rule: "batch", key: "" });
  });

  it("cuts a long key and hashes all of it, so that two with the same beginning are two lines", () => {
    const long = "x".repeat(5_000);
    const id = lineId(TAG, "latest", `${long}1`);
    expect(id.length).toBeLessThan(200);
    expect(id).not.toBe(lineId(TAG, "latest", `${long}2`));
    expect(readLineId(id)).toEqual({ tag: TAG, rule: "latest", key: `${"x".repeat(32)}…` });
  });

  it("is fit for a key of the store and for the scripts' texts, whatever the key, and differs where that does", () => {
    const keys = fc.string({ unit: "binary", minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(keys, keys, fc.constantFrom(...LINE_RULES), (one, other, rule) => {
        const id = lineId(TAG, rule, one);
        expect(id).toMatch(/^[\w.!~*'()+%:-]{10,400}$/);
        expect(readLineId(id)).toMatchObject({ tag: TAG, rule });
        const same = Buffer.from(one).equals(Buffer.from(other));
        expect(lineId(TAG, rule, other) === id).toBe(same);
      }),
    );
  });

  it("takes halves of characters, as JSON may hold them", () => {
    expect(readLineId(lineId(TAG, "order", "a\ud800b"))).toMatchObject({ key: "a\ufffdb" });
    expect(readLineId(lineId(TAG, "order", "😀".repeat(100)))?.key).toBe(`${"😀".repeat(16)}…`);
  });

  it("is not read out of anything else", () => {
    for (const text of [
      "",
      "0123abcd",
      "0123abcdq:x",
      "0123abcdo:a b",
      "0123abcdo:%zz",
      "0123abcdo:%E4",
      "O123ABCDo:x",
    ])
      expect(readLineId(text)).toBeUndefined();
  });
});

describe("a key", () => {
  it("is text, a number, true or false, each as text; anything else is none", () => {
    expect([keyText("a"), keyText(7), keyText(1.5), keyText(false)]).toEqual(["a", "7", "1.5", "false"]);
    for (const none of ["", null, undefined, [], ["a"], {}]) expect(keyText(none)).toBeUndefined();
  });
});

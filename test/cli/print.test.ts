/** What a stranger has written stands on one line of the operator's terminal and does nothing there. */
import { expect, it } from "vitest";
import { plain, table } from "../../src/cli/print.ts";

it("spells what would move the cursor, colour or turn the text", () => {
  expect(plain("a\u001b[31mb\r\nc\u0000\u009b2J")).toBe("a\\u001b[31mb\\u000d\\u000ac\\u0000\\u009b2J");
  expect(plain("a\u202eb\u2066c\u2028d\u200fe\u061cf")).toBe("a\\u202eb\\u2066c\\u2028d\\u200fe\\u061cf");
  expect(plain("größer 名前 👩‍👩‍👧 pull_request.opened")).toBe("größer 名前 👩‍👩‍👧 pull_request.opened");
});

it("cuts what is long", () => {
  expect(plain("x".repeat(200))).toBe("x".repeat(200));
  expect(plain("x".repeat(201))).toBe(`${"x".repeat(200)}…`);
});

it("a table's cells are plain, and each row is a line", () => {
  const lines = table([
    ["id", "type"],
    ["evt_1", "push\nevt_2  forged\u001b[2K"],
  ]).split("\n");
  expect(lines).toEqual(["id     type", "evt_1  push\\u000aevt_2  forged\\u001b[2K"]);
});

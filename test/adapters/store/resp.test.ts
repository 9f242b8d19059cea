/** A command in the store's protocol. */
import { expect, it } from "vitest";
import { commandBytes } from "../../../src/adapters/store/resp.ts";

it("is its name and its arguments, each by its length in bytes, texts and buffers in any order", () => {
  const body = Buffer.from([0, 255, 13, 10]);
  const args = ["key:ä", body, "", Buffer.alloc(0), "😀", body];
  const expected = Buffer.concat([
    Buffer.from("*7\r\n$3\r\nSET\r\n$6\r\nkey:ä\r\n$4\r\n"),
    body,
    Buffer.from("\r\n$0\r\n\r\n$0\r\n\r\n$4\r\n😀\r\n$4\r\n"),
    body,
    Buffer.from("\r\n"),
  ]);
  expect(commandBytes("SET", args)).toEqual(expected);
});

it("ends with the last text where no buffer comes after it", () => {
  expect(commandBytes("GET", ["k"]).toString()).toBe("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
});

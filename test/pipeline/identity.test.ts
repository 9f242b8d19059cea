/** What a repetition is known by: the provider's id, chosen fields, the body's hash; and what must not be taken for one. */
import { describe, expect, it } from "vitest";
import { identityOf } from "../../src/pipeline/identity.ts";
import { aRequest } from "../providers/request.ts";

const key = (
  where: string | readonly string[],
  { headers = [], body = {}, at }: { headers?: [string, string][]; body?: unknown; at?: number } = {},
) => {
  const text = JSON.stringify(body);
  const item = at === undefined ? undefined : { at, text };
  return identityOf(where, aRequest(headers, text), body, item);
};

describe("a repetition is known by", () => {
  it("the provider's id, which the event is found by as well", () => {
    expect(key("header:x-id", { headers: [["X-Id", "d-1"]] })).toEqual({
      dedupeKey: "d-1",
      providerId: "d-1",
    });
  });

  it("chosen fields together", () => {
    const places = ["json:order.id", "json:status"];
    const paid = { order: { id: 7 }, status: "paid" };
    expect(key(places, { body: paid })).toEqual({ dedupeKey: "7|paid", providerId: "7|paid" });
    expect(key(places, { body: { ...paid, at: "later" } }).dedupeKey).toBe(
      key(places, { body: paid }).dedupeKey,
    );
    expect(key(places, { body: { ...paid, status: "sent" } }).dedupeKey).not.toBe(
      key(places, { body: paid }).dedupeKey,
    );
  });

  it("the body's hash", () => {
    const { dedupeKey, providerId } = key("body", { body: { a: 1 } });
    expect(dedupeKey).toMatch(/^[\w-]{43}$/);
    expect(providerId).toBeUndefined();
    expect(key("body", { body: { a: 1 } }).dedupeKey).toBe(dedupeKey);
    expect(key("body", { body: { a: 2 } }).dedupeKey).not.toBe(dedupeKey);
  });
});

describe("two events are not taken for one", () => {
  it("where the id is empty, missing, null, an object or a number that was rounded", () => {
    expect(key("header:x-id", { headers: [["x-id", ""]] }).dedupeKey).toBeUndefined();
    expect(key("header:x-id").dedupeKey).toBeUndefined();
    for (const id of [null, {}, [], 2 ** 60, ""])
      expect(key("json:id", { body: { id } }).dedupeKey, JSON.stringify(id)).toBeUndefined();
    expect(key(["json:a", "json:b"], { body: { a: 1 } }).dedupeKey).toBeUndefined();
    expect(key(["json:a", "json:b"], { body: { a: "", b: "" } }).dedupeKey).toBeUndefined();
    expect(key("none", { body: { id: 1 } }).dedupeKey).toBeUndefined();
  });

  it("where fields hold what stands between them", () => {
    const places = ["json:a", "json:b"];
    const keys = [
      { a: "x|y", b: "z" },
      { a: "x", b: "y|z" },
      { a: "x\\", b: "y|z" },
      { a: "x\\|y", b: "z" },
    ].map((body) => key(places, { body }).dedupeKey);
    expect(new Set(keys).size).toBe(4);
  });

  it("where they came in one request, whose id is that of them all", () => {
    const headers: [string, string][] = [["x-id", "batch-1"]];
    const both = [0, 1].map((at) => key("header:x-id", { headers, body: { n: 1 }, at }).dedupeKey);
    expect(new Set(both).size).toBe(2);
    expect(key("header:x-id", { headers, body: { n: 1 }, at: 1 }).dedupeKey).toBe(both[1]);
    expect(key("header:x-id", { headers: [["x-id", "batch-1#1"]] }).dedupeKey).not.toBe(both[1]);
    const hashes = [0, 1].map((at) => key("body", { at }).dedupeKey);
    expect(new Set(hashes).size).toBe(2);
    // An id of the item's own is known wherever in a batch it comes again.
    const own = [0, 5].map(
      (at) => key("json:id | header:x-id", { headers, body: { id: "i" }, at }).dedupeKey,
    );
    expect(own).toEqual(["i", "i"]);
  });
});

/** What nodes of a cluster say, read. The lines are those of redis 7.0 and 7.2. */
import { describe, expect, it } from "vitest";
import { addressesIn, ownerOf, slotOf } from "../../src/core/cluster-nodes.ts";

const from = { host: "10.0.0.1", port: 7001 };
const A = "a".repeat(40);
const B = "b".repeat(40);

describe("the slot of a key", () => {
  it("is the specification's: of its tag where it has one, else of all of it", () => {
    expect(slotOf("123456789")).toBe(0x31c3);
    expect(slotOf("{user1000}.following")).toBe(slotOf("user1000"));
    expect(slotOf("foo{}{bar}")).toBe(slotOf("foo{}{bar}"));
    expect(slotOf("foo{{bar}}zap")).toBe(slotOf("{bar"));
    expect(slotOf("{sb}:q:api:wait")).toBe(slotOf("{sb}:e:1"));
  });
});

describe("the owner of a slot", () => {
  const before = [
    `${A} 10.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-5460 [93->-${B}]`,
    `${B} 10.0.0.2:7002@17002,node-2.example.com,,shard-id=9 slave ${A} 0 1700000000000 1 connected`,
  ].join("\n");
  const after = [
    `${B} 10.0.0.2:7002@17002,node-2.example.com myself,master - 0 0 4 connected 0-5460`,
    `${A} 10.0.0.1:7001@17001 master,fail - 0 0 1 connected`,
  ].join("\n");

  it("is who says so last: a node that was away still believes what held before", () => {
    expect(ownerOf([{ from, text: before }], 93, false)).toEqual({ host: "10.0.0.1", port: 7001 });
    const both = [
      { from, text: before },
      { from, text: after },
    ];
    expect(ownerOf(both, 93, false)).toEqual({ host: "10.0.0.2", port: 7002 });
    expect(ownerOf(both.reverse(), 93, false)).toEqual({ host: "10.0.0.2", port: 7002 });
  });

  it("is nobody while it has failed and no other one is elected, and where no node has the slot", () => {
    const failed = before.replace("myself,master", "master,fail");
    expect(ownerOf([{ from, text: failed }], 93, false)).toBeUndefined();
    expect(ownerOf([{ from, text: before }], 16_383, false)).toBeUndefined();
    expect(ownerOf([], 93, false)).toBeUndefined();
    expect(ownerOf([{ from, text: "what\nis this" }], 93, false)).toBeUndefined();
  });

  it("is called by its name where it has one and certificates hold names; an address that is left out is where it was asked", () => {
    expect(ownerOf([{ from, text: after }], 93, true)).toEqual({ host: "node-2.example.com", port: 7002 });
    const nameless = { from, text: before.replace("10.0.0.1:7001", ":7001") };
    expect(ownerOf([nameless], 0, true)).toEqual(from);
    expect(addressesIn(nameless, false)).toEqual([from, { host: "10.0.0.2", port: 7002 }]);
  });
});

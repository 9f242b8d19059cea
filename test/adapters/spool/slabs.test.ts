import { describe, expect, it } from "vitest";
import { Slabs, type Kept } from "../../../src/adapters/spool/slabs.ts";

const piece = (nth: number, size: number): Buffer => Buffer.alloc(size, nth % 251);

describe("bytes kept in slabs", () => {
  it("are copies, which what they were copied from does not change", () => {
    const slabs = new Slabs();
    const bytes = Buffer.from("as it came");
    const kept = slabs.keep(bytes);
    bytes.fill("x");
    expect(kept.bytes.toString()).toBe("as it came");
  });

  it("stay as they are until they are dropped, whatever comes and goes meanwhile", () => {
    const slabs = new Slabs();
    const all: { readonly nth: number; readonly kept: Kept }[] = [];
    for (let nth = 0; nth < 3_000; nth++) {
      all.push({ nth, kept: slabs.keep(piece(nth, 1_000 + ((nth * 7_919) % 20_000))) });
      if (all.length > 300) slabs.drop(all.shift()!.kept.slab);
    }
    for (const { nth, kept } of all) expect(kept.bytes.every((byte) => byte === nth % 251)).toBe(true);
  });

  it("take the room of those that were dropped", () => {
    const slabs = new Slabs();
    const places = new Set<ArrayBufferLike>();
    for (let nth = 0; nth < 2_000; nth++) {
      const kept = slabs.keep(piece(nth, 10_000));
      places.add(kept.bytes.buffer);
      slabs.drop(kept.slab);
    }
    expect(places.size).toBeLessThanOrEqual(2);
  });

  it("are kept as they are where they are large, and dropped like others", () => {
    const slabs = new Slabs();
    const large = Buffer.alloc(600_000);
    const kept = slabs.keep(large);
    expect(kept.bytes).toBe(large);
    expect(kept.slab).toBeUndefined();
    expect(() => slabs.drop(kept.slab)).not.toThrow();
  });
});

/** The map: every box has a place of its own, lines lead from box to box, and what fails is red only where it fails. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { edgesOf, layOut } from "../../src/dashboard/pages/map-layout.ts";

const BOX = 50;
const named = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}` }));

test("no box lies on another of its column, nor outside of the map", () => {
  const sizes = fc.record({
    sources: fc.integer({ min: 1, max: 9 }),
    targets: fc.integer({ min: 1, max: 9 }),
  });
  const wires = fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, wires, (size, pairs) => {
      const routes = pairs.map(([source, target], index) => ({
        name: `r${index}`,
        source: `s${source % size.sources}`,
        target: `t${target % size.targets}`,
        perMinute: index,
        failed: 0,
        delivered: 1,
      }));
      const laid = layOut(named(size.sources, "s"), routes, named(size.targets, "t"));
      for (const column of [laid.sources, laid.routes, laid.targets]) {
        const tops = [...column.values()].map(({ y }) => y).sort((a, b) => a - b);
        expect(tops.every((y, index) => index === 0 || y - tops[index - 1]! >= BOX)).toBe(true);
        expect(tops.every((y) => y >= 0 && y + BOX <= laid.height)).toBe(true);
      }
      expect(edgesOf(laid, routes)).toHaveLength(routes.length * 2);
    }),
  );
});

test("routes stand in the order of their sources, and a target beside its routes", () => {
  const wire = (name: string, source: string, target: string) => ({
    name,
    source,
    target,
    perMinute: 1,
    failed: 0,
    delivered: 0,
  });
  const routes = [wire("c", "s1", "t0"), wire("a", "s0", "t1"), wire("b", "s0", "t1")];
  const laid = layOut(named(2, "s"), routes, named(2, "t"));
  expect([...laid.routes.keys()]).toEqual(["a", "b", "c"]);
  expect([...laid.targets.keys()]).toEqual(["t1", "t0"]);
});

test("what fails is red between its route and its target alone, and more a minute is thicker", () => {
  const route = { name: "r", source: "s0", target: "t0", perMinute: 900, failed: 3, delivered: 1 };
  const laid = layOut(named(1, "s"), [route], named(1, "t"));
  expect(edgesOf(laid, [route]).map(({ key, tone }) => [key, tone])).toEqual([
    ["from r", "well"],
    ["to r", "ill"],
  ]);
  const [still] = edgesOf(laid, [{ ...route, perMinute: 0, failed: 0, delivered: 0 }]);
  expect(still).toMatchObject({ tone: "still", flows: false });
  expect(edgesOf(laid, [route])[0]!.width).toBeGreaterThan(still!.width);
});

test("a route whose target is gone has no line to it", () => {
  const route = { name: "r", source: "s0", target: "gone", perMinute: 1, failed: 0, delivered: 1 };
  expect(edgesOf(layOut(named(1, "s"), [route], []), [route]).map(({ key }) => key)).toEqual(["from r"]);
});

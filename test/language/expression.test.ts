import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { library } from "../../src/language/functions/library.ts";
import { aContext } from "./context.ts";
import { anExpression, evaluated } from "./evaluate.ts";

describe("an expression", () => {
  it("sees the body as $ and the event as $event", async () => {
    const rule =
      '{ "a": a, "all": $, "id": $event.id, "from": $event.source & "/" & $event.type, "team": $event.query.team, "tags": $event.query.tag, "kind": $event.headers.`x-github-event`, "how": $event.method & " " & $event.path, "at": $event.receivedAt }';
    expect(await evaluated(rule, { a: 1 })).toEqual({
      a: 1,
      all: { a: 1 },
      id: aContext().id,
      from: "github/push",
      team: "core",
      tags: ["a", "b"],
      kind: "push",
      how: "POST /hooks/github",
      at: "2026-11-23T10:20:30.456Z",
    });
  });

  it("knows one time: when the event was received", async () => {
    const received = Date.parse("2026-11-23T10:20:30.456Z");
    expect(await evaluated("[$now(), $millis()]")).toEqual(["2026-11-23T10:20:30.456Z", received]);
    expect(await evaluated('$now("[Y]-[M01]-[D01]")')).toBe("2026-11-23");
    expect(await evaluated('$now("[H01]:[m01] [z]", "+0200")')).toBe("12:20 GMT+02:00");
    expect(await evaluated('$toMillis("13:45", "[H]:[m]") ~> $fromMillis()')).toBe(
      "2026-11-23T13:45:00.000Z",
    );
  });

  it("meets chance that the event's id decides, anew in each evaluation", async () => {
    const expression = anExpression("[$uuid(), $uuid(), $random(), $random(), $shuffle([1..9])]");
    const first = (await expression.evaluate({}, aContext())) as unknown[];
    expect(await expression.evaluate({}, aContext())).toEqual(first);
    expect(await evaluated(expression.source)).toEqual(first);
    const other = await evaluated(expression.source, {}, { id: "evt_01jd3v0000000000000000000b" });
    expect((other as unknown[]).slice(0, 4).filter((drawn, index) => drawn === first[index])).toEqual([]);
    expect((other as unknown[]).slice(4)).not.toEqual(first.slice(4));
    expect(first[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(first[0]).not.toBe(first[1]);
    expect(first[2]).not.toBe(first[3]);
    expect([...(first.slice(4) as number[])].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("yields own copies of what the body holds and leaves the body as it was", async () => {
    const body = { list: [{ a: 1 }], deep: { b: [2] } };
    const result = (await evaluated(
      '{ "list": list, "same": $, "deep": $ ~> | deep | { "c": 3 } | }',
      body,
    )) as {
      list: unknown;
      same: typeof body;
    };
    result.same.deep.b.push(9);
    expect(body).toEqual({ list: [{ a: 1 }], deep: { b: [2] } });
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });

  it("yields what the rule has written out as it is, and copies what the body or a variable holds", async () => {
    const expression = anExpression(
      "($v := { 'n': [1] }; $w := { 'v': $v }; { 'a': { 'one': $v, 'two': $v }, 'b': [$v, list], 'c': [list], 'd': $w.v, 'e': list })",
    );
    const body = { list: [{ x: 1 }, { x: 2 }] };
    const yielded = (): Record<string, unknown> =>
      expression.evaluateNow(body, aContext()) as Record<string, unknown>;
    const result = yielded();
    const n = { n: [1] };
    const expected = { a: { one: n, two: n }, b: [n, { x: 1 }, { x: 2 }], c: body.list, d: n, e: body.list };
    expect(result).toStrictEqual(expected);
    const parts: object[] = [];
    const collect = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      parts.push(value);
      Object.values(value).forEach(collect);
    };
    for (const one of [result, yielded(), body]) collect(one);
    // No object stands at two places, in two results, or in the body too.
    expect(new Set(parts).size).toBe(parts.length);
  });

  it.each<[string, unknown, unknown]>([
    ["items.id", { items: [{ id: 1 }] }, 1],
    ["items.id[]", { items: [{ id: 1 }] }, [1]],
    ["[items.id]", { items: [{ id: 1 }] }, [1]],
    ["none.id[]", { none: [] }, undefined],
    ["[none.id]", { none: [] }, []],
    ["$filter(two, function($n) { $n = 1 })", { two: [1, 2] }, 1],
    ['{ "a": missing, "b": empty }', { empty: null }, { b: null }],
    ['empty ?? "d"', { empty: null }, null],
    ['missing ?? "d"', {}, "d"],
    ['empty ?: "d"', { empty: null }, "d"],
    ["missing > 3", {}, undefined],
    ['"x" & missing & empty', { empty: null }, "xnull"],
    ["$sum([])", {}, 0],
    ["$sum(missing)", {}, undefined],
    ["$keys({})", {}, undefined],
    ["$boolean([0])", {}, false],
    ["`first-name`", { "first-name": "Ada" }, "Ada"],
    ["first-name", { "first-name": "Ada" }, undefined],
    ["two.id[0]", { two: [{ id: 1 }, { id: 2 }] }, [1, 2]],
    ["(two.id)[0]", { two: [{ id: 1 }, { id: 2 }] }, 1],
    ["$", [1, 2], [1, 2]],
    ["$", null, null],
    ["$[0]", [[1], 2], [1]],
    ['{ "__proto__": 1 }', {}, JSON.parse('{"__proto__":1}')],
    ["$map([3, 1], $string)", {}, ["3", "1"]],
    ["($pad5 := $pad(?, 5); $pad5(a) & '|')", { a: "x" }, "x    |"],
    ["1 in [1, 2]", {}, true],
  ])("%s on %j gives %j, as authors have to know", async (source, payload, result) => {
    expect(await evaluated(source, payload)).toEqual(result);
  });

  it("joins texts as jsonata does, whatever they are", async () => {
    const source = "'<' & (0.1 + 0.2) & 1 & true & [1, 'a'] & { 'b': [] } & missing & $sum & '>'";
    expect(await evaluated(source)).toBe(`<0.31true[1,"a"]{"b":[]}>`);
  });

  it("compares as jsonata does, nested values and missing ones too", async () => {
    const body = { a: { x: [1, { y: 2 }], z: 0 }, b: { z: 0, x: [1, { y: 2 }] }, c: [1], one: 1 };
    const source =
      "[a = b, a != b, a = c, c = one, missing = missing, missing != a, a.x = b.x, one = a.z, {} = []]";
    expect(await evaluated(source, body)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it("evaluates one at a time and in order, and goes on after an error", async () => {
    const good = anExpression("$sum([1..n])");
    const bad = anExpression("$error('no')");
    const all = Array.from({ length: 300 }, (_, n) =>
      (n % 7 === 3 ? bad : good).evaluate({ n: n + 1 }, aContext()),
    );
    const settled = await Promise.allSettled(all);
    for (const [n, outcome] of settled.entries())
      expect(outcome).toMatchObject(
        n % 7 === 3 ? { status: "rejected" } : { value: ((n + 1) * (n + 2)) / 2 },
      );
  });

  it("is not charged for what others take beside it", async () => {
    const busy = anExpression("$count($map([1..3000], function($n)<n:n> { $n * 2 }))");
    const all = Array.from({ length: 50 }, () => busy.evaluate({}, aContext()));
    expect(new Set(await Promise.all(all))).toEqual(new Set([3000]));
  });

  it("is there at once, for those who do not wait", () => {
    expect(anExpression("a + 1").evaluateNow({ a: 1 }, aContext())).toBe(2);
    expect(() => anExpression("a + 1").evaluateNow({ a: "x" }, aContext())).toThrow("the left side of `+`");
  });

  it("draws the same when one event's evaluation runs beside others and after a failure", async () => {
    const draws = anExpression("[1..20].$random()");
    const fails = anExpression("{ 'a': $error('x'), 'b': [1..50].$random(), 'c': [1..50].$random() }");
    const [alone, ...beside] = await Promise.all([
      draws.evaluate({}, aContext()),
      fails.evaluate({}, aContext()).catch(() => null),
      draws.evaluate({}, aContext()),
      draws.evaluate({}, aContext()),
    ]);
    expect(beside).toEqual([null, alone, alone]);
  });
});

const workload = new URL("../../../shared/design/workload/", import.meta.url);

describe.skipIf(!existsSync(workload))("the workload's rule (../shared/design/workload)", () => {
  it("makes of the push what is expected", async () => {
    const read = (name: string): string => readFileSync(new URL(name, workload), "utf8");
    const result = await evaluated(read("github-push.jsonata"), JSON.parse(read("github-push.json")));
    expect(result).toStrictEqual(JSON.parse(read("expected.json")));
  });
});

describe("the built-in functions", () => {
  it("are all that jsonata has, without $eval", () => {
    const code = readFileSync(new URL("../../node_modules/jsonata/jsonata.js", import.meta.url), "utf8");
    const bound = [...code.matchAll(/(?:staticFrame|environment)\.bind\('(\w+)'/g)].map(([, name]) => name!);
    expect([...library.keys()].filter((name) => name !== "uuid").sort()).toEqual(
      bound.filter((name) => name !== "eval").sort(),
    );
  });

  it("run from a version without the known holes", () => {
    const { version } = JSON.parse(
      readFileSync(new URL("../../node_modules/jsonata/package.json", import.meta.url), "utf8"),
    ) as { version: string };
    expect(version).toBe("2.2.2");
  });

  it("cannot be reached around: no constructor, no prototype, no implementation", async () => {
    for (const source of [
      "$.constructor",
      '"x".constructor',
      '$lookup($, "__proto__")',
      "$string.constructor",
      "$sum.implementation",
    ])
      expect(await evaluated(source, {}), source).toBeUndefined();
    await evaluated('$ ~> | $ | { "__proto__": { "polluted": true } } |', { a: 1 });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

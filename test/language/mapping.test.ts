import { describe, expect, it } from "vitest";
import { madeFields } from "../../src/language/mapping.ts";
import type { MadeField } from "../../src/language/mapping.ts";
import { analyse, describe as words, typeAt, wholeSchema } from "../../src/language/typing/analyse.ts";

const order = wholeSchema({
  type: "object",
  required: ["id", "lines"],
  properties: {
    id: { type: "string" },
    customer: {
      type: "object",
      properties: { name: { type: "string" }, mail: { type: ["string", "null"] } },
    },
    lines: {
      type: "array",
      items: {
        type: "object",
        required: ["sku", "price"],
        properties: { sku: { type: "string" }, price: { type: "number" }, gift: { type: "boolean" } },
      },
    },
    discounts: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
  },
});

function made(rule: string, ...paths: string[]): readonly MadeField[] {
  const analysis = analyse(rule, order, undefined);
  return madeFields(
    rule,
    analysis,
    paths.map((path) => path.split(".")),
  );
}

const texts = ({ makings }: MadeField): string[] => makings.map(({ text }) => text);

describe("what makes a field of the result", () => {
  it("is its expression, and what that reads, through variables and the rule's own functions", () => {
    const rule = `(
      $who := customer;
      $name := $who.name ?: "nobody"; /* a comment */
      $hello := function($to) { "Dear " & $to & " of " & $who.mail };
      { "to": $name, "text": $hello($name), "id": id & /* kept out */ "-1" }
    )`;
    const [to, text, id] = made(rule, "to", "text", "id");
    expect(to).toMatchObject({ reads: ["customer.name"] });
    expect(to!.makings).toEqual([
      { text: "$name", bound: '$who.name ?: "nobody"', line: 5, column: 15, isAround: false },
    ]);
    expect(texts(text!)).toEqual(["$hello($name)"]);
    expect(text!.reads).toEqual(["customer.mail", "customer.name"]);
    expect(texts(id!)).toEqual(['id & "-1"']);
    expect(id!.reads).toEqual(["id"]);
  });

  it("is found in the items of lists, however they are made, and all that may make it is told", () => {
    const rule = `(
      $goods := $map(lines, function($line) { { "name": $line.sku, "cost": $line.price } });
      $off := discounts.{ "name": name, "cost": 0 };
      { "rows": [$goods^(cost), $off], "first": lines[0].sku, "kind": id = "x" ? lines.gift[0] : "plain" }
    )`;
    const [name, cost, first, kind] = made(rule, "rows.*.name", "rows.*.cost", "first", "kind");
    expect(texts(name!)).toEqual(["$line.sku", "name"]);
    expect(name!.reads).toEqual(["discounts.name", "lines.sku"]);
    expect(texts(cost!)).toEqual(["$line.price", "0"]);
    expect(texts(first!)).toEqual(["lines[0].sku"]);
    expect(texts(kind!)).toEqual(['id = "x" ? lines.gift[0] : "plain"']);
    expect(kind!.reads).toEqual(["id", "lines.gift"]);
  });

  it("is decided by the conditions on the way to it", () => {
    const [a] = made('{ "x": customer.mail ? { "a": id } : { "a": lines[0].sku } }', "x.a");
    expect(texts(a!)).toEqual(["id", "lines[0].sku"]);
    expect(a!.reads).toEqual(["customer.mail", "id", "lines.sku"]);
  });

  it("is followed into groups and what a function is given of them", () => {
    const [cost] = made(
      '{ "rows": [$each(lines{ sku: $ }, function($same) { { "cost": $same[0].price } })] }',
      "rows.*.cost",
    );
    expect(cost!.reads).toEqual(["lines.price"]);
  });

  it("is told as a part around it where its own is not known, and not at all where nothing makes it", () => {
    const rule = '{ "all": $merge(lines.{ sku: price }), "copy": customer }';
    const [all, mail, never] = made(rule, "all.x", "copy.mail", "never");
    expect(texts(all!)).toEqual(["price"]);
    expect(mail!.makings).toMatchObject([{ text: "customer", isAround: true }]);
    expect(never!.makings).toEqual([]);
  });

  it("is nothing of a rule that does not parse", () => {
    expect(made("{ ", "a")).toEqual([{ makings: [], reads: [] }]);
  });
});

describe("the type at a path", () => {
  const makes = (rule: string, path: string): string =>
    words({ ...typeAt(analyse(rule, order, undefined).makes, path.split(".")), nothing: undefined });

  it("is that of the field, of any item, and of a single item that stands for a list", () => {
    expect(makes('{ "a": { "b": id } }', "a.b")).toBe("text");
    expect(makes('{ "a": [lines.{ "p": price }] }', "a.*.p")).toBe("number");
    expect(makes('{ "a": lines.{ "p": price } }', "a.*.p")).toBe("number");
    expect(makes('{ "a": id }', "a.b")).toBe("never");
    expect(makes('{ "a": **.name }', "a.b.c")).toBe("anything");
  });
});

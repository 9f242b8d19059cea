import { expect, it } from "vitest";
import { offersAt } from "../../src/dashboard/editor-completion.ts";
import type { Known } from "../../src/dashboard/editor-completion.ts";

const field = (path: string, type: string, required = true): Known["reads"][number] => ({
  keys: path.split("."),
  type,
  required,
});

const known: Known = {
  names: ["issue", "first-name"],
  reads: [
    field("issue", "object"),
    field("issue.title", "text"),
    field("issue.labels", "array of (object)", false),
    field("issue.labels.*.name", "text"),
    field("sender", "object"),
    field("sender.first-name", "text", false),
  ],
  makes: [
    field("text", "text"),
    field("blocks", "array of (object)", false),
    field("blocks.*.kind", "text"),
    field("meta", "object", false),
    field("meta.id", "text"),
  ],
};

const labels = (before: string, asked = false): string[] | undefined =>
  offersAt(before, known, asked)?.offers.map(({ label }) => label);

it("offers the fields of the input schema behind a path, lists gone into, with their types", () => {
  expect(labels('{ "text": issue.')).toEqual(["title", "labels"]);
  expect(labels('{ "text": issue.labels[0].na')).toEqual(["name"]);
  expect(labels('$.issue.labels[name = "a"].')).toEqual(["name"]);
  expect(labels("sender . ")).toEqual(["first-name"]);
  expect(offersAt("sender.", known, false)!.offers).toEqual([
    { label: "first-name", apply: "`first-name`", kind: "property", detail: "text, optional" },
  ]);
  expect(offersAt("issue.ti", known, false)!.from).toBe("issue.".length);
});

it("follows a variable that stands for a path", () => {
  expect(labels("( $i := issue; $ls := $i.labels; $ls.")).toEqual(["name"]);
  expect(labels("( $a := $b; $b := $a; $a.")).toEqual(["issue", "first-name"]);
  expect(labels("( $x := $sum(a); $x.")).toEqual(["issue", "first-name"]);
});

it("offers the outermost fields at the beginning of a word, and names of the body where there is no schema", () => {
  expect(labels("iss")).toEqual(["issue", "sender"]);
  expect(labels("1 + ")).toBeUndefined();
  expect(labels("1 + ", true)).toEqual(["issue", "sender"]);
  const bare = { ...known, reads: [] };
  expect(offersAt("fir", bare, false)!.offers.map(({ apply }) => apply)).toEqual(["issue", "`first-name`"]);
});

it("offers the keys of the result where a key is wanted, of the object around it", () => {
  expect(labels('{ "')).toEqual(["text", "blocks", "meta"]);
  expect(labels('{ "text": issue.title, "meta": { "')).toEqual(["id"]);
  expect(labels('{ "blocks": [issue.labels.{ "ki')).toEqual(["kind"]);
  expect(labels('{ "text": "a", bl')).toEqual(["text", "blocks", "meta"]);
  expect(offersAt('{ "text": "a", bl', known, false)!.offers[1]).toMatchObject({ apply: '"blocks": ' });
  expect(offersAt('{ "bl', known, false)).toMatchObject({ from: 3 });
  expect(labels('{ "text": "')).toBeUndefined();
  expect(labels('{ "text": iss')).toEqual(["issue", "sender"]);
});

it("offers functions and the rule's own variables behind $, and nothing within texts and comments", () => {
  const offered = labels("( $total := 1; $t")!;
  expect(offered[0]).toBe("$total");
  expect(offered).toContain("$trim");
  expect(labels("/* $t")).toBeUndefined();
  expect(labels('issue.title & "$t')).toBeUndefined();
});

/** What a change of rules would change: each class, counted by route, with the smallest examples and nothing private. */
import { expect, it } from "vitest";
import { caseContext } from "../../src/rules/cases.ts";
import { createImpact, type ImpactReport } from "../../src/rules/impact.ts";
import { judgeOf, judgesOf, type Judgeable } from "../../src/rules/judge.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { versionTextOf } from "../../src/rules/versions.ts";
import { aGoodWorkspace, type Files } from "../helpers/workspace.ts";

const BEFORE: Files = { "transforms/push.yaml": "input: push\noutput: chat.message\n", ".env": undefined };

async function load(changes: Files) {
  const dir = aGoodWorkspace({ ...BEFORE, ...changes });
  const { workspace, problems } = await loadWorkspace(dir, {}, {}, { rulesAlone: true });
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  return workspace;
}

let nth = 0;
const anEvent = (body: unknown, type = "push", source = "github"): Judgeable => ({
  body,
  context: {
    ...caseContext({ event: {} }, undefined),
    ...{ id: `evt_${String(++nth).padStart(26, "0")}`, source, type },
  },
});

async function impactOf(
  changes: Files,
  bodies: readonly unknown[],
  redact?: readonly string[],
): Promise<ImpactReport> {
  const before = judgesOf(await load({}));
  const impact = createImpact(before, judgesOf(await load(changes)), redact);
  for (const body of bodies) await impact.take(anEvent(body));
  return impact.report();
}

const push = (name: string, more: object = {}): object => ({ ref: "main", name, ...more });

it("without a change everything is unchanged, and nothing is evaluated", async () => {
  const report = await impactOf({}, [push("Ada"), push("Bob"), { name: 7 }]);
  expect(report).toMatchObject({ events: 3, counts: { unchanged: 3, changed: 0 }, examples: [] });
  expect(report.routes[0]).not.toHaveProperty("milliseconds");
});

it("a change that makes the same is unchanged, whatever the order of fields", async () => {
  const rule = '{ "a": 1, "text": name & " pushed" }';
  const files = { "transforms/push.jsonata": rule };
  const before = judgesOf(await load(files));
  const after = judgesOf(
    await load({ "transforms/push.jsonata": '{ "text": name & " " & "pushed", "a": 1 }' }),
  );
  const impact = createImpact(before, after);
  await impact.take(anEvent(push("Ada")));
  expect(impact.report().counts).toMatchObject({ unchanged: 1, changed: 0 });
});

it("tells changed, newly matched, no longer matched, now failing and mended apart, by route", async () => {
  const report = await impactOf(
    {
      "routes/push.yaml":
        'source: github\non: [push]\nwhen: ref = "main" and $not(name = "Eve") or ref = "dev"\ntransform: push\ntarget: chat\n',
      "transforms/push.jsonata":
        '{ "text": name = "Bob" ? "Bob pushes" : name = "Cid" ? $error("no") : name & " pushed" }',
      "schemas/push.json": '{ "type": "object" }',
    },
    [
      push("Ada"),
      push("Bob"),
      { ref: "dev", name: "Dan" },
      push("Eve"),
      push("Cid"),
      { ref: "main" },
      { ref: "other" },
    ],
  );
  // How long each takes is another matter, on a machine that does other things.
  expect(report.counts).toMatchObject({
    ...{ unchanged: 2, changed: 1, newlyMatched: 1, noLongerMatched: 1, nowFailing: 1, mended: 1 },
  });
  const kinds = report.examples.map(({ kind }) => kind).filter((kind) => kind !== "slower");
  expect(kinds).toEqual(["changed", "newlyMatched", "noLongerMatched", "nowFailing", "mended"]);
  const [changed, , , failing, mended] = report.examples;
  expect(changed).toMatchObject({
    route: "push",
    alike: 1,
    differences: [{ path: "/text", before: "Bob pushed", after: "Bob pushes" }],
  });
  expect(failing).toMatchObject({ faultAfter: { code: expect.stringMatching(/^TRANSFORM_/) as string } });
  expect(mended).toMatchObject({
    faultBefore: { code: "TRANSFORM_INPUT_INVALID", schema: { name: "push" } },
  });
});

it("says which schema a result does not satisfy any more", async () => {
  const report = await impactOf({ "schemas/chat.message.json": '{ "required": ["title"] }' }, [push("Ada")]);
  expect(report.counts.nowFailing).toBe(1);
  expect(report.examples[0]).toMatchObject({
    faultAfter: {
      code: "TRANSFORM_OUTPUT_INVALID",
      schema: { name: "chat.message" },
      detail: expect.stringContaining("title") as string,
    },
  });
});

it("a new route, and one that is gone, count by what they would take", async () => {
  const report = await impactOf(
    {
      "routes/push.yaml": undefined,
      "routes/other.yaml": "source: github\non: [push]\ntransform: push\ntarget: chat\n",
    },
    [push("Ada"), { ref: "dev", name: "Bob" }],
  );
  expect(report.routes).toMatchObject([
    { route: "other", counts: { newlyMatched: 2 } },
    { route: "push", counts: { noLongerMatched: 1, unchanged: 1 } },
  ]);
  expect(report.routes[0]).not.toHaveProperty("before");
  expect(report.routes[1]).not.toHaveProperty("after");
});

it("shows the three smallest of different ways, and how many are like each", async () => {
  const rule = '{ "text": name & " pushed", "lines": lines.{ "n": n, "t": $string(n) } }';
  const after = judgesOf(await load({ "transforms/push.jsonata": rule }));
  const changed = judgesOf(
    await load({ "transforms/push.jsonata": rule.replace('"t": $string(n)', '"t": n') }),
  );
  const impact = createImpact(after, changed);
  for (let count = 30; count > 0; count--)
    await impact.take(anEvent(push("Ada", { lines: Array.from({ length: count }, (_, n) => ({ n })) })));
  for (let count = 0; count < 5; count++) await impact.take(anEvent(push("A")));
  const { examples, counts } = impact.report();
  expect(counts).toMatchObject({ changed: 30, unchanged: 5 });
  expect(examples.length).toBe(3);
  expect(examples[0]!.differences.length).toBe(1);
  // One item comes out as an object, several as a list: two ways.
  expect(examples.map(({ alike }) => alike).sort((a, b) => a - b)).toEqual([1, 29, 29]);
});

it("takes personal data out of examples, and what is named, so that the same stays the same", async () => {
  const report = await impactOf(
    { "transforms/push.jsonata": '{ "text": "hi " & name, "email": email, "note": note }' },
    [push("Ada", { email: "ada@corp.example.org", note: "private words" })],
    ["/note"],
  );
  const text = JSON.stringify(report);
  expect(text).not.toContain("ada@corp");
  expect(text).not.toContain("private words");
  expect(report.examples[0]!.differences).toEqual(
    expect.arrayContaining([{ path: "/email", after: "user-1@example.com" }]),
  );
});

it("a rule that takes twice as long, twice, is slower", async () => {
  const report = await impactOf(
    { "transforms/push.jsonata": '{ "text": ($x := $sum([1..40000].($ * 2)); name & " pushed") }' },
    ["Ada", "Bob", "Cleo", "Dan", "Eve", "Fay"].map((name) => push(name)),
  );
  expect(report.counts).toMatchObject({ unchanged: 6 });
  // Not each: on a machine that does something else the quick one may be the one that had to wait.
  expect(report.counts.slower).toBeGreaterThanOrEqual(2);
  const [example] = report.examples;
  expect(example!.milliseconds!.after).toBeGreaterThan(example!.milliseconds!.before * 2);
  expect(report.routes[0]!.milliseconds!.after).toBeGreaterThan(report.routes[0]!.milliseconds!.before);
});

it("routes that look things up are not judged, and counted as such", async () => {
  const enrich = "enrich: { who: { target: chat } }\n";
  const route = `source: github\non: [push]\n${enrich}transform: push\ntarget: chat\n`;
  const report = await impactOf({ "routes/push.yaml": route }, [push("Ada")]);
  expect(report).toMatchObject({ unjudged: 1, counts: { changed: 0, unchanged: 0 } });
});

it("a route told by its version's texts judges as its files do", async () => {
  const workspace = await load({});
  const route = workspace.routes.get("push")!;
  const text = structuredClone(versionTextOf(route, workspace));
  const told = new Map([["push", judgeOf("another", text)]]);
  const impact = createImpact(told, judgesOf(workspace));
  for (const body of [push("Ada"), { ref: "main" }, { ref: "no" }]) await impact.take(anEvent(body));
  expect(impact.report().counts).toMatchObject({ unchanged: 3 });
});

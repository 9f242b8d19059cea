import { describe, expect, it } from "vitest";
import { isEventId } from "../../src/core/ids.ts";
import { caseContext, runCases } from "../../src/rules/cases.ts";
import type { CaseResult } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";
import type { Files } from "../helpers/workspace.ts";

async function resultsOf(changes: Files, options: { filter?: string } = {}): Promise<CaseResult[]> {
  const { workspace, problems } = await loadWorkspace(aGoodWorkspace(changes), {});
  if (workspace === undefined) throw new Error(JSON.stringify(problems));
  return runCases(workspace, options);
}

/** The good workspace with one case, written under `cases:` with its lines indented by four. */
async function resultOf(lines: string, changes: Files = {}): Promise<CaseResult> {
  const yaml = `input: push\noutput: chat.message\ncases:\n  - name: a case\n${lines.replaceAll(/^/gm, "    ")}\n`;
  const [result] = await resultsOf({ "transforms/push.yaml": yaml, ...changes });
  return result!;
}

describe("a case passes when", () => {
  it.each([
    ["the result is the expected one", "given: { ref: main, name: Ada }\nexpect: { text: Ada pushed }"],
    ["its event is filtered by the only route", "given: { ref: other, name: Ada }\nfiltered: true"],
    ["a filtered event would not satisfy the input schema", "given: { ref: other }\nfiltered: true"],
    ["the input schema refuses it", "given: { ref: main }\nerror: TRANSFORM_INPUT_INVALID"],
    [
      "its event says it all",
      "event: { body: { ref: main, name: Ada }, type: push }\nexpect: { text: Ada pushed }",
    ],
  ])("%s", async (_, lines) => {
    expect(await resultOf(lines)).toMatchObject({
      ok: true,
      transform: "push",
      name: "a case",
      file: "transforms/push.yaml",
      line: 4,
    });
  });

  it("the rule fails as expected", async () => {
    const rule = { "transforms/push.jsonata": '$uppercase(7) & "x"' };
    expect(await resultOf("given: { ref: main, name: Ada }\nerror: TRANSFORM_TYPE", rule)).toMatchObject({
      ok: true,
    });
  });

  it("`when` fails as expected", async () => {
    const route = {
      "routes/push.yaml": "source: github\nwhen: $number(ref) = 1\ntransform: push\ntarget: chat\n",
    };
    expect(await resultOf("given: { ref: x }\nerror: TRANSFORM_WHEN_FAILED", route)).toMatchObject({
      ok: true,
    });
  });

  it("the rule makes nothing, as expected", async () => {
    const rule = { "transforms/push.jsonata": "nothing" };
    expect(
      await resultOf("given: { ref: main, name: Ada }\nerror: TRANSFORM_RESULT_EMPTY", rule),
    ).toMatchObject({ ok: true });
  });

  it("its body is read from a file", async () => {
    const file = { "transforms/cases/push.json": '{ "ref": "main", "name": "Ada" }' };
    expect(await resultOf("file: cases/push.json\nexpect: { text: Ada pushed }", file)).toMatchObject({
      ok: true,
    });
  });
});

describe("a case passes by", () => {
  it.each([
    ["a file that holds the result", "given: { ref: main, name: Ada }\nexpectFile: cases/ada.json"],
    [
      "what is true of body and result",
      'given: { ref: main, name: Ada }\nassert: ["$output.text = name & \\" pushed\\""]',
    ],
    [
      "both",
      'given: { ref: main, name: Ada }\nexpect: { text: Ada pushed }\nassert: ["$length($output.text) > 3", "$event.type = \\"push\\""]',
    ],
    [
      "an `expect` that is an object with a key `file`",
      "given: { ref: main, name: Ada, file: x }\nexpect: { file: x, text: t }",
    ],
  ])("%s", async (what, lines) => {
    const result = await resultOf(lines, {
      "transforms/cases/ada.json": '{ "text": "Ada pushed" }',
      ...(what.includes("key `file`") && { "transforms/push.jsonata": '{ "file": file, "text": "t" }' }),
    });
    expect(result).toMatchObject({ ok: true });
  });
});

describe("a case fails", () => {
  it("with the assertion that is not true, its line and what it yields", async () => {
    const result = await resultOf(
      'given: { ref: main, name: Ada }\nassert: ["$exists($output)", "$length($output.text)"]',
    );
    expect(result.problem).toEqual({
      code: "RULE_CASE_FAILED",
      message: "Line 6: `$length($output.text)` is 10, not true.",
    });
  });

  it("with the assertion that fails", async () => {
    const result = await resultOf('given: { ref: main, name: Ada }\nassert: ["$output.text + 1 = 2"]');
    expect(result.problem?.message).toMatch(/^Line 6: `\$output.text \+ 1 = 2` failed: .*must be a number/);
  });

  it("with the place of the arm that made the field", async () => {
    const rule = {
      "transforms/push.jsonata":
        '(\n  $more := flag\n    ? { "kind": "a" }\n    : { "kind": "b" };\n  { "text": name, "more": $more }\n)',
    };
    const result = await resultOf(
      "given: { ref: main, name: Ada }\nexpect: { text: Ada, more: { kind: c } }",
      rule,
    );
    expect(result.problem?.differences).toEqual([
      { path: "/more/kind", expected: "c", actual: "b", madeAt: { line: 4, column: 17 } },
    ]);
  });

  it("with the differences by JSON Pointer", async () => {
    const rule = { "transforms/push.jsonata": '{ "text": name, "tags": ["a", "b"], "more": { "x/y": 1 } }' };
    const result = await resultOf(
      "given: { ref: main, name: Ada }\nexpect: { text: Bob, tags: [a], more: { x/y: 2 } }",
      rule,
    );
    expect(result).toMatchObject({ ok: false, problem: { code: "RULE_CASE_FAILED" } });
    expect(result.problem?.differences).toEqual([
      { path: "/text", expected: "Bob", actual: "Ada", madeAt: { line: 1, column: 11 } },
      { path: "/tags/1", expected: undefined, actual: "b", madeAt: { line: 1, column: 31 } },
      { path: "/more/x~1y", expected: 2, actual: 1, madeAt: { line: 1, column: 54 } },
    ]);
  });

  it("with the error that was not expected", async () => {
    const rule = { "transforms/push.jsonata": '{ "txt": name }' };
    const result = await resultOf("given: { ref: main, name: Ada }\nexpect: { text: Ada }", rule);
    expect(result.problem).toEqual({
      code: "TRANSFORM_OUTPUT_INVALID",
      message:
        "The result does not satisfy schema `chat.message` of transform `push`: the value must have `text`.",
    });
  });

  it("where the place in the rule is told", async () => {
    const rule = { "transforms/push.jsonata": '{\n  "text": $uppercase(7)\n}' };
    const result = await resultOf("given: { ref: main, name: Ada }\nexpect: { text: Ada }", rule);
    expect(result.problem).toMatchObject({ code: "TRANSFORM_TYPE" });
    expect(result.problem?.message).toMatch(/^Transform `push`, line 2, column 11: /);
  });

  it("when it was filtered and should not be", async () => {
    const result = await resultOf("given: { ref: other, name: Ada }\nexpect: { text: Ada }");
    expect(result.problem?.message).toBe("Expected a result, but the `when` of route `push` filtered it.");
  });

  it("when it was not filtered and should be", async () => {
    const result = await resultOf("given: { ref: main, name: Ada }\nfiltered: true");
    expect(result.problem?.message).toBe("Expected the event to be filtered, got a result.");
  });
});

it("a case sees a fixed clock, fixed ids and the route's type", async () => {
  const rule = {
    "transforms/push.jsonata": '{ "text": $now(), "event": $event, "id": $uuid() }',
  };
  const both = [
    await resultOf("given: { ref: main, name: Ada }\nexpect: {}", rule),
    await resultOf("given: { ref: main, name: Ada }\nexpect: {}", rule),
  ];
  const [first, second] = both.map(({ problem }) => problem?.differences);
  expect(first).toEqual(second);
  expect(first).toContainEqual({
    path: "/event",
    expected: undefined,
    madeAt: { line: 1, column: 28 },
    actual: expect.objectContaining({
      type: "push",
      source: "github",
      receivedAt: "2026-01-01T00:00:00.000Z",
    }) as unknown,
  });
  expect(isEventId(caseContext({ event: {} }).id)).toBe(true);
});

it("a case's own headers, type and time are what the rule sees", async () => {
  const rule = {
    "transforms/push.jsonata": '{ "text": $event.type & $event.headers."x-a" & $event.receivedAt }',
  };
  const event =
    'event: { body: { ref: main, name: Ada }, type: pull, headers: { X-A: "1" }, receivedAt: "2026-03-01T01:00:00+01:00" }';
  expect(await resultOf(`${event}\nexpect: { text: pull12026-03-01T00:00:00.000Z }`, rule)).toMatchObject({
    ok: true,
  });
});

it("a case on a named route is filtered by that one", async () => {
  const routes = { "routes/all.yaml": "source: github\ntransform: push\ntarget: chat\n" };
  expect(
    await resultOf("route: push\ngiven: { ref: other, name: Ada }\nfiltered: true", routes),
  ).toMatchObject({ ok: true });
  expect(
    await resultOf("route: all\ngiven: { ref: other, name: Ada }\nexpect: { text: Ada pushed }", routes),
  ).toMatchObject({ ok: true });
});

it("the filter picks by transform and by name", async () => {
  expect(await resultsOf({}, { filter: "another" })).toHaveLength(1);
  expect(await resultsOf({}, { filter: "push" })).toHaveLength(2);
  expect(await resultsOf({}, { filter: "nothing like it" })).toEqual([]);
});

describe("a case of a route with a batch", () => {
  const files = {
    "routes/push.yaml":
      'source: github\nwhen: ref = "main"\ntransform: push\ntarget: chat\nbatch: { max: 9, seconds: 1 }\n',
    "transforms/push.jsonata": '{ "text": $join(name, ", "), "events": $count($event.events) }\n',
    "schemas/push.json": '{ "type": "array", "minItems": 1 }\n',
  };

  it("gives the array that the rule sees", async () => {
    const lines =
      "given: [{ ref: main, name: Ada }, { ref: main, name: Bo }]\nexpect: { text: 'Ada, Bo', events: 2 }";
    expect(await resultOf(lines, files)).toMatchObject({ ok: true });
  });

  it("gives the body of one event where that is filtered", async () => {
    expect(await resultOf("given: { ref: other }\nfiltered: true", files)).toMatchObject({ ok: true });
    expect(await resultOf("given: { ref: main }\nfiltered: true", files)).toMatchObject({ ok: false });
  });
});

describe("check tells of a case", () => {
  const problemsOf = async (lines: string): Promise<string[]> => {
    const yaml = `input: push\noutput: chat.message\ncases:\n  - name: a case\n    given: { ref: main, name: Ada }\n${lines.replaceAll(/^/gm, "    ")}\n`;
    const { problems } = await loadWorkspace(aGoodWorkspace({ "transforms/push.yaml": yaml }), {});
    return problems.map(
      ({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`,
    );
  };

  it.each([
    [
      "an assertion that does not parse, at its place",
      'assert: ["$output.text = ("]',
      /^transforms\/push\.yaml:6:\d+ RULE_SYNTAX_INVALID /,
    ],
    [
      "an assertion with an unknown function",
      'assert: ["$lenght($output.text) = 1"]',
      /^transforms\/push\.yaml:6:\d+ RULE_FUNCTION_UNKNOWN .*\$lenght/,
    ],
    [
      "a file that is not there",
      "expectFile: cases/none.json",
      /^transforms\/push\.yaml:6:17 RULE_CASE_FILE_MISSING /,
    ],
    [
      "nothing that is expected",
      "route: push",
      /RULE_VALUE_\w+ .*`expect`.*`expectFile`.*`filtered`.*`error`.*`assert`|RULE_\w+ .*one of/,
    ],
    ["two things that are expected", "filtered: true\nerror: TRANSFORM_TYPE", /only one of/],
    ["an assertion of what is filtered", 'filtered: true\nassert: ["true"]', /only one of/],
  ])("that has %s", async (_, lines, told) => {
    const problems = await problemsOf(lines);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(told);
  });
});

/** The `enrich` of a route as `check`, cases and `try` see it. */
import { describe, expect, test } from "vitest";
import type { Problem } from "../../src/rules/load.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { runCases } from "../../src/rules/cases.ts";
import { aWorkspace, type Files } from "../helpers/workspace.ts";

const files: Files = {
  "sources/github.yaml": "provider: none\n",
  "targets/api.yaml": "url: https://api.example/in\n",
  "targets/people.yaml": "url: https://people.example/v1\nmethod: GET\n",
  "transforms/rule.jsonata": '{ "name": $enrich.person.name, "n": n }',
  "routes/to-api.yaml": `source: github
target: api
transform: rule
enrich:
  person: { target: people, request: '{ "path": ["users", user] }' }
`,
};

async function load(changes: Files = {}) {
  return loadWorkspace(aWorkspace({ ...files, ...changes }), {});
}

const problems = async (changes: Files): Promise<readonly Problem[]> => (await load(changes)).problems;

const route = (enrich: string, more = ""): Files => ({
  "routes/to-api.yaml": `source: github\ntarget: api\ntransform: rule\n${more}enrich:\n  ${enrich}\n`,
});

describe("a route that looks something up", () => {
  test("is fine where all that is read is looked up, and the target counts as used", async () => {
    const { workspace, problems: told } = await load();
    expect(told).toEqual([]);
    expect(workspace!.routes.get("to-api")!.lookups).toMatchObject([
      { name: "person", onError: "retry", cacheMs: 300_000 },
    ]);
  });

  test.each([
    [
      "a target that is none",
      "person: { target: peopel }",
      "RULE_TARGET_UNKNOWN",
      "Did you mean `people`?",
      5,
      21,
    ],
    [
      "a name that the rule reads otherwise",
      "persn: { target: people }",
      "RULE_ENRICH_UNKNOWN",
      "transforms/rule.jsonata:1:11",
      3,
      12,
    ],
    [
      "an expression that does not parse",
      "person: { target: people, request: '{ \"path\": ' }",
      "RULE_SYNTAX_INVALID",
      "never closed",
      5,
      39,
    ],
    [
      "a request that reads `$enrich`",
      "person: { target: people, request: '{ \"path\": $enrich.a }' }",
      "RULE_ENRICH_UNKNOWN",
      "at once",
      5,
      49,
    ],
    [
      "a key that is none",
      "person: { target: people, cacheSecond: 3 }",
      "RULE_KEY_UNKNOWN",
      "cacheSeconds",
      5,
      29,
    ],
    ["a name that is none", "a-b: { target: people }", "RULE_VALUE_INVALID", "a-b", 5, 3],
    [
      "an `onError` that is none",
      "person: { target: people, onError: ignore }",
      "RULE_VALUE_INVALID",
      "onError",
      5,
      38,
    ],
  ])("is told of %s, where it stands", async (_, enrich, code, said, line, column) => {
    const told = await problems(route(enrich));
    const found = told.find((one) => one.code === code)!;
    expect(told.map((one) => `${one.code} ${one.message}`)).toContainEqual(expect.stringContaining(said));
    expect({ line: found.line, column: found.column }).toEqual({ line, column });
    expect(found.severity).toBe("error");
  });

  test("is warned of what nothing reads, but for a rule that takes `$enrich` whole", async () => {
    const told = await problems(
      route("person: { target: people }\n  other: { target: people, onError: null }"),
    );
    expect(told).toMatchObject([{ code: "RULE_ENRICH_UNUSED", severity: "warning", line: 6, column: 3 }]);
    expect(
      await problems({
        ...route("any: { target: people }"),
        "transforms/rule.jsonata": "$merge([$, $enrich])",
      }),
    ).toEqual([]);
  });

  test("may read a lookup in `when`, which is told of a name that is none", async () => {
    expect(
      await problems(route("person: { target: people }", 'when: $enrich.person.name = "Ada"\n')),
    ).toEqual([]);
    const told = await problems(route("person: { target: people }", 'when: $enrich.persn.name = "Ada"\n'));
    expect(told).toMatchObject([{ code: "RULE_ENRICH_UNKNOWN", line: 4, column: 7 }]);
    expect(told[0]!.message).toContain("Did you mean `person`?");
  });

  test("is no stranger to `check` in the `when` of a route that looks it up", async () => {
    const checked = async (when: string): Promise<string[]> => {
      const dir = aWorkspace({ ...files, ...route("person: { target: people }", `when: ${when}\n`) });
      const { problems: told } = await loadWorkspace(dir, {}, {}, { types: true });
      return told.map(({ file, line, code, severity }) => `${file}:${line} ${severity} ${code}`);
    };
    expect(await checked('$enrich.person.name = "Ada"')).toEqual([]);
    // No schema says what comes in; what of the event is there is known all the same.
    expect(await checked('$event.tpye = "push"')).toContain("routes/to-api.yaml:4 warning RULE_PATH_UNKNOWN");
  });

  test("needs none where the rule reads none; a route that looks nothing up is told of a rule that does", async () => {
    const told = await problems({
      "routes/to-api.yaml": "source: github\ntarget: api\ntransform: rule\n",
      "targets/people.yaml": undefined,
    });
    expect(told).toMatchObject([{ file: "routes/to-api.yaml", line: 3, code: "RULE_ENRICH_UNKNOWN" }]);
  });
});

describe("a case", () => {
  const cases = (lines: string): Files => ({
    "transforms/rule.yaml": `cases:\n  - name: a case\n${lines.replaceAll(/^/gm, "    ")}\n`,
  });

  test("gives what lookups have brought, so that a rule is tried offline", async () => {
    const { workspace } = await load(
      cases("given: { n: 1, user: 7 }\nenrich: { person: { name: Ada } }\nexpect: { name: Ada, n: 1 }"),
    );
    expect(await runCases(workspace!)).toMatchObject([{ ok: true }]);
    const without = await load(cases("given: { n: 1, user: 7 }\nexpect: { n: 1 }"));
    expect(await runCases(without.workspace!)).toMatchObject([{ ok: true }]);
    const null_ = await load(cases("given: { n: 1 }\nenrich: { person: null }\nexpect: { name: Ada, n: 1 }"));
    expect(await runCases(null_.workspace!)).toMatchObject([{ ok: false }]);
  });

  test("is told of a name that the rule does not read", async () => {
    const told = await problems(cases("given: { n: 1 }\nenrich: { persn: 1 }\nexpect: { n: 1 }"));
    expect(told).toMatchObject([{ file: "transforms/rule.yaml", line: 4, code: "RULE_CASE_INVALID" }]);
    expect(told[0]!.message).toContain("Did you mean `person`?");
  });

  test("is filtered by a `when` that reads a lookup", async () => {
    const { workspace } = await load({
      ...route("person: { target: people }", 'when: $enrich.person.name = "Ada"\n'),
      ...cases("given: { n: 1 }\nenrich: { person: { name: Bob } }\nfiltered: true"),
    });
    expect(await runCases(workspace!)).toMatchObject([{ ok: true }]);
  });
});

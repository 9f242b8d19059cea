import { expect, it } from "vitest";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aGoodWorkspace, goodFiles } from "../helpers/workspace.ts";

const route = goodFiles["routes/push.yaml"] as string;

async function problemsWith(expectation: string): Promise<string[]> {
  const files = aGoodWorkspace({ "routes/push.yaml": `${route}expect: ${expectation}\n` });
  const { problems } = await loadWorkspace(files, {});
  return problems.map(
    ({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`,
  );
}

it.each([
  ["{}", "routes/push.yaml:6:9 RULE_VALUE_INVALID", "must have one of `status`, `schema`, `where`"],
  ["{ retry: true }", "routes/push.yaml:6:9 RULE_VALUE_INVALID", "must have one of"],
  ["{ status: 99 }", "routes/push.yaml:6:19 RULE_VALUE_INVALID", "`/expect/status`"],
  ["{ status: [2xx, 3x] }", "routes/push.yaml:6:", "RULE_VALUE_INVALID"],
  ["{ status: 204-200 }", "routes/push.yaml:6:19 RULE_VALUE_INVALID", "got 204-200"],
  ["{ schema: chat.mesage }", "routes/push.yaml:6:19 RULE_SCHEMA_UNKNOWN", "Did you mean `chat.message`?"],
  ["{ where: 'ok = ' }", "routes/push.yaml:6:", "RULE_SYNTAX_INVALID"],
  ["{ where: '$nope(1)' }", "routes/push.yaml:6:19 RULE_FUNCTION_UNKNOWN", "$nope"],
  ["{ whre: 'ok' }", "routes/push.yaml:6:", "Did you mean `where`?"],
])("`expect: %s` is told at its place", async (expectation, ...pieces) => {
  const problems = await problemsWith(expectation);
  expect(problems.join("\n")).not.toBe("");
  for (const piece of pieces) expect(problems.join("\n")).toContain(piece);
});

it("an expectation that is right has no problem, and the schema that it names counts as used", async () => {
  const files = aGoodWorkspace({
    "routes/push.yaml": `${route}expect: { status: [2xx, 404], schema: answer, where: '$answer.status = 200', retry: true }\n`,
    "schemas/answer.json": "{}",
  });
  const { workspace, problems } = await loadWorkspace(files, {});
  expect(problems).toEqual([]);
  expect(workspace?.routes.get("push")?.expect).toMatchObject({
    ...{ expected: "2xx or 404", retries: true },
    schema: { name: "answer" },
  });
});

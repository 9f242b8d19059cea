/** A rule that begins with a comment TODO is told of; marks of single fields, other comments and texts are not. */
import { expect, it } from "vitest";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aWorkspace, goodFiles } from "../helpers/workspace.ts";

async function told(rule: string) {
  const dir = aWorkspace({ ...goodFiles, "transforms/push.jsonata": rule });
  const { problems } = await loadWorkspace(dir, {});
  return problems.map(({ code, line, column, severity, message }) => ({
    code,
    line,
    column,
    severity,
    message,
  }));
}

it("a rule that begins with TODO is a warning, with its place and what it says", async () => {
  const rule = '\n  /* TODO: the price\n   is missing */\n{ "text": name & " pushed" }\n';
  expect(await told(rule)).toEqual([
    {
      code: "RULE_UNFINISHED",
      line: 2,
      column: 3,
      severity: "warning",
      message: "The rule is not finished: the price",
    },
  ]);
});

it("a text, a comment about something else, and one behind code are not", async () => {
  for (const rule of [
    '/* see the TODO list */\n{ "text": name & " pushed" }\n',
    '{ "text": name & " pushed" /* TODO later */ }\n',
    '{ "text": name & " pushed", "TODO": "/* TODO */" }\n',
    '{\n  /* TODO "colour": string */\n  "text": name & " pushed"\n}\n',
    '/* TODOS */\n{ "text": name & " pushed" }\n',
  ])
    expect(await told(rule)).toEqual([]);
});

/** What `check` says of a route's gate: every mistake at its place, and nothing of a good one. */
import { expect, it } from "vitest";
import { timeoutMs } from "../../src/core/gate.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aGoodWorkspace, type Files } from "../helpers/workspace.ts";

async function linesOf(gate: string, more: Files = {}): Promise<string[]> {
  const route = `source: github\non: [push]\ntransform: push\ntarget: chat\ngate:\n${gate}`;
  const { problems } = await loadWorkspace(
    aGoodWorkspace({
      ...more,
      "routes/push.yaml": route,
      "transforms/push.yaml": "input: push\noutput: chat.message\ncases: []\n",
    }),
    {},
  );
  return problems.map(
    ({ file, line, column, code, message, fix }) => `${file}:${line}:${column} ${code} ${message} ${fix}`,
  );
}

it("says nothing of a gate with all keys, and nothing of one without any", async () => {
  const all = [
    "  when: $result.amount > 1000",
    "  reviewers: [ann, operator, admin]",
    "  approvals: 2",
    "  selfApproval: true",
    "  causedBy: sender.login",
    "  timeout: 36h",
    "  onTimeout: keep",
    "  notify: chat",
    '  show: \'{ "who": name, "sent": $result }\'',
  ];
  expect(await linesOf(all.join("\n"))).toEqual([]);
  expect(await linesOf("  {}")).toEqual([]);
});

it.each([
  ["an unknown key", "  reviewer: [ann]", "6:3 RULE_KEY_UNKNOWN", "Did you mean `reviewers`?"],
  ["a target that is not there", "  notify: chatt", "6:11 RULE_TARGET_UNKNOWN", "Did you mean `chat`?"],
  [
    "a role that decides nothing",
    "  reviewers: [viewer]",
    "6:15 RULE_VALUE_INVALID",
    "a viewer decides nothing",
  ],
  [
    "more approvals than people",
    "  reviewers: [ann, Ann]\n  approvals: 2",
    "7:14 RULE_VALUE_INVALID",
    "nothing could ever pass",
  ],
  ["an end without a time", "  onTimeout: approve", "6:14 RULE_VALUE_INVALID", "there is no `timeout`"],
  ["a time that is none", "  timeout: 3 days", "6:12 RULE_VALUE_INVALID", "/gate/timeout"],
  ["no time at all", "  timeout: 0", "6:12 RULE_VALUE_INVALID", "/gate/timeout"],
  ["another end", "  timeout: 1h\n  onTimeout: pass", "7:14 RULE_VALUE_INVALID", "/gate/onTimeout"],
  ["a when that does not parse", "  when: $result.amount >", "6:", "RULE_SYNTAX_INVALID"],
  ["a function that is not there", "  show: $lenght($result)", "6:9 RULE_FUNCTION_UNKNOWN", "$length"],
  ["no approval at all", "  approvals: 0", "6:14 RULE_VALUE_INVALID", "/gate/approvals"],
])("tells %s, where it stands and what was expected", async (_what, gate, ...pieces) => {
  const lines = await linesOf(gate);
  expect(lines.length, lines.join("\n")).toBe(1);
  expect(lines[0]).toMatch(/^routes\/push\.yaml:/);
  for (const piece of pieces) expect(lines[0]).toContain(piece);
});

it("reads a time in seconds or with its unit", () => {
  expect([timeoutMs(90), timeoutMs("90s"), timeoutMs("30m"), timeoutMs("24h"), timeoutMs("7d")]).toEqual([
    90_000, 90_000, 1_800_000, 86_400_000, 604_800_000,
  ]);
});

it("tells a name that its notices need for themselves", async () => {
  const taken = { "routes/push--notify.yaml": "source: github\ntarget: chat\n" };
  const [line, ...more] = await linesOf("  notify: chat", taken);
  expect(line).toMatch(/^routes\/push\.yaml:6:11 RULE_NAME_TAKEN Route `push--notify` has the name/);
  expect(more).toEqual([]);
});

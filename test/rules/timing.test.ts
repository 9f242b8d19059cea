import { expect, it } from "vitest";
import { loadWorkspace } from "../../src/rules/load.ts";
import { aGoodWorkspace, goodFiles } from "../helpers/workspace.ts";
import type { Files } from "../helpers/workspace.ts";

const route = goodFiles["routes/push.yaml"] as string;
const source = goodFiles["sources/github.yaml"] as string;

async function problemsOf(changes: Files): Promise<string> {
  const { problems } = await loadWorkspace(aGoodWorkspace(changes), {});
  return problems
    .map(
      ({ file, line, column, code, message, fix }) => `${file}:${line}:${column} ${code} ${message} ${fix}`,
    )
    .join("\n");
}

it.each([
  ["delay: 0", "6:8 RULE_VALUE_INVALID", "`/delay`"],
  ["delay: 40000000", "6:8 RULE_VALUE_INVALID", "31622400"],
  ["delay: 5m", "6:8 RULE_VALUE_INVALID", "number"],
  ["notBefore: 'due ='", "RULE_SYNTAX_INVALID"],
  ["quietHours: { from: '22:00' }", "RULE_KEY_MISSING", "`to`"],
  ["quietHours: { from: '25:00', to: '07:00' }", "6:21 RULE_VALUE_INVALID", "/quietHours/from"],
  ["quietHours: { from: '22:00', to: '22:00' }", "RULE_VALUE_INVALID", "another time than `from`"],
  ["quietHours: { from: '00:00', to: '24:00' }", "RULE_VALUE_INVALID", "must leave hours"],
  [
    "quietHours: { from: '22:00', to: '07:00', timeZone: Europe/Berln }",
    ...["6:53 RULE_VALUE_INVALID", "Did you mean `Europe/Berlin`?"],
  ],
  ["quietHours: { from: '22:00', to: '07:00', days: [monday] }", "RULE_VALUE_INVALID", "mon"],
])("`%s` on a route is told at its place", async (text, ...pieces) => {
  const told = await problemsOf({ "routes/push.yaml": `${route}${text}\n` });
  expect(told).toContain("routes/push.yaml:6:");
  for (const piece of pieces) expect(told).toContain(piece);
});

it.each([
  ["schedule: { cron: '0 7 * *' }", "1:19 RULE_VALUE_INVALID", "cron expression"],
  ["schedule: { cron: '0 0 30 2 *' }", "RULE_VALUE_INVALID", "a time that never comes"],
  ["schedule: { cron: '0 7 * * *', timeZone: Berlin }", "RULE_VALUE_INVALID", "a time zone's name"],
  ["schedule: { cron: '0 7 * * *', everySeconds: 5 }", "RULE_"],
  ["schedule: { everySeconds: 0.5 }", "RULE_VALUE_INVALID", "/schedule/everySeconds"],
  ["schedule: { everySeconds: 60 }\nsecrets: [x]", "2:1 RULE_KEY_UNKNOWN", "takes none"],
  ["schedule: { everySeconds: 60 }\nprovider: github", "RULE_"],
  [
    "schedule: { everySeconds: 60, type: nightly, body: { ref: 1 } }\nschemas: { night*: push }",
    ...["RULE_VALUE_INVALID", "The events' body does not satisfy schema `push`"],
  ],
])("a source with `%s` is told", async (text, ...pieces) => {
  const told = await problemsOf({ "sources/github.yaml": `${text}\n` });
  expect(told).toContain("sources/github.yaml:");
  for (const piece of pieces) expect(told).toContain(piece);
});

it("what is right about time has no problem", async () => {
  const changes = {
    "routes/push.yaml": `${route}delay: 5\nnotBefore: due\nquietHours: { from: '22:00', to: '07:00', timeZone: Europe/Berlin, days: [mon, sun] }\n`,
    "sources/clock.yaml":
      "schedule: { cron: '*/5 * * * *', missed: skip, type: nightly, body: { name: x } }\nschemas: { nightly: push }\n",
    "routes/clock.yaml": "source: clock\ntarget: chat\n",
  };
  expect(await problemsOf(changes)).toBe("");
});

const RESPOND: [respond: string, ...pieces: string[]][] = [
  ["{ transform: psh }", "RULE_TRANSFORM_UNKNOWN", "Did you mean `push`?"],
  ["{ route: pusch, waitSeconds: 2, fallback: {} }", "RULE_ROUTE_UNKNOWN", "Did you mean `push`?"],
  ["{ route: push, fallback: {} }", "RULE_KEY_MISSING", "`waitSeconds`"],
  ["{ route: push, waitSeconds: 2 }", "RULE_KEY_MISSING", "`fallback`"],
  ["{ route: push, waitSeconds: 5, fallback: {} }", "RULE_VALUE_INVALID", "/respond/waitSeconds"],
  ["{ route: other, waitSeconds: 2, fallback: {} }", "RULE_VALUE_INVALID", "not of this one"],
  ["{ route: slow, waitSeconds: 2, fallback: {} }", "RULE_VALUE_INVALID", "waits by itself"],
  ["{ waitSeconds: 2 }", "RULE_VALUE_INVALID", "a route's target gives"],
  ["{ fallback: {} }", "RULE_VALUE_INVALID", "a route's target gives"],
  [
    '{ body: hello, contentType: "text/plain\\r\\nx-more: 1" }',
    "RULE_VALUE_INVALID",
    "`/respond/contentType` has characters that no header may hold",
  ],
  [
    "{ transform: push, fallback: { body: hello, contentType: text/名 } }",
    "RULE_VALUE_INVALID",
    "`/respond/fallback/contentType` has characters",
  ],
  ["{ transform: push, body: hello }", "RULE_VALUE_INVALID", "Move it into `fallback`"],
];

it.each(RESPOND)("`respond: %s` is told at its place", async (respond, ...pieces) => {
  const told = await problemsOf({
    "sources/github.yaml": `${source}respond: ${respond}\n`,
    "sources/second.yaml": "provider: none\n",
    "routes/other.yaml": "source: second\ntarget: chat\n",
    "routes/slow.yaml": "source: github\ntarget: chat\ndelay: 60\n",
  });
  expect(told).toContain("sources/github.yaml:3:");
  for (const piece of pieces) expect(told).toContain(piece);
});

it("a wait that outlasts the provider's patience, and an answer for a batch, are told", async () => {
  const slack = {
    "sources/github.yaml":
      "provider: slack-commands\nsecrets: [s]\nrespond: { route: push, waitSeconds: 3, fallback: {} }\n",
  };
  expect(await problemsOf(slack)).toContain("must be less than 3, after which Slack slash commands gives up");
  const split = { "sources/github.yaml": `${source}split: true\nrespond: { transform: push }\n` };
  expect(await problemsOf(split)).toContain("several events at once");
});

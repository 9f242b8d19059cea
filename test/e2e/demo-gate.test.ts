/** `npm run demo:gate`, as a user runs it, and its workspace, as `check` and `test` see it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { run } from "../helpers/router.ts";

const folder = fileURLToPath(new URL("../../examples/gate/", import.meta.url));
const environment = {
  CI_WEBHOOK_SECRET: "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=",
  JENKINS_TOKEN: "a-token",
  RELEASE_CHAT_URL: "http://127.0.0.1:9/",
};

it("has a workspace without a problem, whose cases pass", async () => {
  const checked = await run(["check", "--dir", folder, "--json"], environment);
  expect(JSON.parse(checked.stdout)).toEqual({ errors: 0, warnings: 0, problems: [] });
  const tested = await run(["test", "--dir", folder, "--json"], environment);
  expect(JSON.parse(tested.stdout)).toMatchObject({ passed: 2, failed: 0 });
}, 30_000);

it("lets a build go on that needs nobody, and the other once somebody has approved it who did not start it", async () => {
  const child = spawn(process.execPath, [`${folder}demo.js`], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code, printed).toBe(0);
  const order = [
    "jenkins   ← POST /job/shop/41/input/Release/proceedEmpty",
    "router    · staging needs nobody",
    "started by mia: 202",
    "mia       → approve: 403 mia caused it",
    "ann       → approve: 200 approved",
    "ann       → reject: 409 Hold hld_",
    "done ",
  ];
  let at = 0;
  for (const piece of order) {
    const found = printed.indexOf(piece, at);
    expect(found, `${piece}\n${printed}`).toBeGreaterThanOrEqual(at);
    at = found;
  }
  // Jenkins may be called before whoever approved is answered, but not before he has.
  const refused = printed.indexOf("mia       → approve: 403");
  expect(printed.indexOf("jenkins   ← POST /job/shop/42/input/Release/proceedEmpty")).toBeGreaterThan(
    refused,
  );
  expect(printed).toMatch(/chat {6}← .*hld_/);
}, 90_000);

/** The first run: `start --demo`, as `npm start` calls it, on whatever store the machine has and on the trial store. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { run } from "../helpers/router.ts";
import { until } from "../helpers/until.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = join(root, "dist/cli/main.js");
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function demo(
  environment: Record<string, string>,
): Promise<{ text: () => string; dataDir: string; exit: Promise<number | null>; end: () => void }> {
  const dataDir = await mkdtemp(join(tmpdir(), "signalbox-first-"));
  const child = spawn(process.execPath, [program, "start", "--demo"], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_PORT: "0",
      SIGNALBOX_ADMIN_PORT: "0",
      SIGNALBOX_DEMO_PORT: "0",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  closing.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await exit;
    await rm(dataDir, { recursive: true, force: true });
  });
  return { text: () => chunks.join(""), dataDir, exit, end: () => child.kill("SIGTERM") };
}

it.each([
  ["the store that the machine has", {}],
  ["the trial store", { SIGNALBOX_TRIAL: "1" }],
])(
  "shows body, rule, result and delivery of a signed push within 20 s on %s, and stays up",
  async (_store, environment) => {
    const { text, dataDir, exit, end } = await demo(environment as Record<string, string>);
    await until("the delivery is shown", () => text().includes("4  The delivery: POST"), {
      withinMs: 20_000,
    });
    for (const part of [
      "1  A signed GitHub push",
      '"ref": "refs/heads/',
      "2  The rule of route",
      "$branch",
      "3  The result",
      '"blocks"',
      "→ 200",
    ]) {
      expect(text()).toContain(part);
    }
    if ("SIGNALBOX_TRIAL" in environment) expect(text()).toMatch(/trial store/i);
    expect(text()).not.toContain("\u001b[");
    const environmentOf = { SIGNALBOX_DATA_DIR: dataDir };
    const sent = await run(["send", "github", "push", "--json", "--dir", root], environmentOf);
    expect(sent).toMatchObject({ code: 0 });
    const { deliveries } = JSON.parse(sent.stdout) as { deliveries: string[] };
    await until("a second sample is delivered too", async () => {
      const shown = await run(["deliveries", deliveries[0]!, "--json"], environmentOf);
      return shown.code === 0 && (JSON.parse(shown.stdout) as { state: string }).state === "delivered";
    });
    end();
    expect(await exit).toBe(0);
  },
  60_000,
);

it("refuses the trial store in production, with exit code 78", async () => {
  const { text, exit } = await demo({ SIGNALBOX_TRIAL: "1", NODE_ENV: "production", PATH: "/nowhere" });
  expect(await exit).toBe(78);
  expect(text()).toContain("SETTING_STORE_TRIAL");
}, 30_000);

it("an address that is none of this machine's is a setting that does not fit: exit code 78, and which ones are meant", async () => {
  // TEST-NET-1 of RFC 5737, which no machine has.
  const { text, exit } = await demo({ SIGNALBOX_TRIAL: "1", SIGNALBOX_HOST: "192.0.2.1" });
  expect(await exit).toBe(78);
  expect(text()).toMatch(/SETTING_INVALID.*192\.0\.2\.1.*SIGNALBOX_HOST/s);
}, 30_000);

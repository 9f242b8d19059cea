/** Versions as the store keeps them: by several processes, bounded, and never lost where they are in force. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectWorker, whenReady, type StoreConnection } from "../../../src/adapters/store/redis.ts";
import { startTrialStore } from "../../../src/adapters/store/trial-store.ts";
import { createVersions, type VersionBounds, type Versions } from "../../../src/adapters/record/versions.ts";
import { loadWorkspace } from "../../../src/rules/load.ts";
import type { Workspace } from "../../../src/rules/workspace.ts";
import build from "../../helpers/build.ts";
import { aLog } from "../../helpers/log.ts";
import { aRedis, type TestRedis } from "../../helpers/redis.ts";
import { describeWithRedis } from "../../helpers/require.ts";
import { until } from "../../helpers/until.ts";
import { aGoodWorkspace } from "../../helpers/workspace.ts";

describeWithRedis("versions in the store", () => {
  let redis: TestRedis;
  let commands: StoreConnection;
  const opened: Versions[] = [];
  let now = 1_000;

  beforeAll(async () => {
    redis = await aRedis();
    commands = connectWorker({ url: redis.url }, aLog());
    await whenReady(commands, 5_000);
  });

  afterAll(async () => {
    await Promise.all(opened.map((versions) => versions.stop()));
    commands?.disconnect();
    await redis?.close();
  });

  /** A process that runs with the files, once it has written them down. */
  async function processWith(first: Workspace, bounds?: VersionBounds) {
    now++;
    const state = { workspace: first };
    const versions = createVersions({
      ...{ commands, log: aLog(), workspace: () => state.workspace },
      commit: () => Promise.resolve({ commit: "c".repeat(40), edited: now % 4 === 3 }),
      clock: { now: () => now },
      ...(bounds && { bounds }),
    });
    opened.push(versions);
    const versionNow = () => state.workspace.routes.get("push")!.version;
    const kept = () =>
      until("it is written down", async () => (await versions.loadsOf("push"))[0]?.version === versionNow());
    await kept();
    return {
      versions,
      async take(workspace: Workspace) {
        now++;
        state.workspace = workspace;
        versions.look();
        await kept();
      },
    };
  }

  it("are written once by many processes, with the commit, and again when a former one comes back", async () => {
    await commands.flushall();
    const [one, two] = [await load("one "), await load("two ")];
    const first = await processWith(one);
    const second = await processWith(one);
    await first.take(two);
    await second.take(two);
    await first.take(one);
    const loads = await first.versions.loadsOf("push");
    const ids = [one, two, one].map(({ routes }) => routes.get("push")!.version);
    expect(loads.map(({ version }) => version)).toEqual(ids);
    expect(loads.every(({ isKept, commit }) => isKept && commit === "c".repeat(40))).toBe(true);
    expect(new Set(loads.map(({ edited }) => edited))).toEqual(new Set([true, undefined]));
    expect(await first.versions.read(ids[1]!)).toMatchObject({
      ...{ route: "push", source: "github", on: ["push"], when: 'ref = "main"', input: "push" },
      rule: '{ "text": "two " & name }\n',
    });
  });

  it("are the same where the script is run twice with the same arguments", async () => {
    await commands.flushall();
    const keys = ["{sb}:v:push", "{sb}:versions", "{sb}:versions:at", "{sb}:versions:bytes"];
    const keep = (version: string, at: number) =>
      commands.sbKeepVersion(...keys, `${version}|${at}|50|50|1000`, `${version}|${at}||`, "text");
    expect([await keep("a".repeat(12), 1), await keep("b".repeat(12), 2)]).toEqual([1, 1]);
    // Sent again late, after another process has gone on.
    expect(await keep("a".repeat(12), 1)).toBe(0);
    expect(await commands.lrange("{sb}:v:push", 0, -1)).toEqual([
      `${"b".repeat(12)}|2||`,
      `${"a".repeat(12)}|1||`,
    ]);
    expect(await commands.get("{sb}:versions:bytes")).toBe("8");
  });

  it("make room for newer ones by number and by bytes, the one in force last of all", async () => {
    await commands.flushall();
    const process = await processWith(await load("first "), { loads: 3, versions: 50, bytes: 1_000_000 });
    const ids = [(await process.versions.loadsOf("push"))[0]!.version];
    for (const text of ["a", "b", "c", "d"]) {
      const workspace = await load(text);
      ids.push(workspace.routes.get("push")!.version);
      await process.take(workspace);
    }
    expect((await process.versions.loadsOf("push")).map(({ version }) => version)).toEqual(
      ids.slice(-3).reverse(),
    );
    const other = await processWith(await load("d"));
    expect(await other.versions.read(ids[0]!)).toBeUndefined();
    expect(await other.versions.read(ids.at(-1)!)).toMatchObject({ route: "push" });
    const held = await commands.hvals("{sb}:versions");
    expect(held.length).toBe(3);
    const bytes = await commands.hgetallBuffer("{sb}:versions");
    const sum = Object.values(bytes).reduce((total, text) => total + text.length, 0);
    expect(Number(await commands.get("{sb}:versions:bytes"))).toBe(sum);
    const small = await processWith(await load("e"), { loads: 50, versions: 2, bytes: 1_000_000 });
    await small.take(await load("f"));
    const loads = await small.versions.loadsOf("push");
    expect(loads.slice(0, 2).every(({ isKept }) => isKept)).toBe(true);
    expect(loads.slice(2).some(({ isKept }) => isKept)).toBe(false);
  });

  it("are unknown by an id that is none", async () => {
    const { versions } = await processWith(await load("g"));
    expect(await versions.read("../../etc")).toBeUndefined();
    expect(await versions.read("0".repeat(12))).toBeUndefined();
    expect(await versions.loadsOf("nobody")).toEqual([]);
  });
});

it(
  "versions are written, read and bounded on the trial store as on a real one",
  { timeout: 60_000 },
  async () => {
    build();
    const folder = mkdtempSync(join(tmpdir(), "signalbox-trial-"));
    const at = { path: folder, sockets: folder } as Parameters<typeof startTrialStore>[0];
    const store = await startTrialStore(at, aLog());
    const commands = connectWorker({ path: store.socket }, aLog());
    let workspace: Workspace | undefined;
    const versions = createVersions({
      ...{ commands, log: aLog(), workspace: () => workspace! },
      commit: () => Promise.resolve(undefined),
      clock: { now: () => Date.now() },
      bounds: { loads: 2, versions: 50, bytes: 1_000_000 },
    });
    try {
      const ids: string[] = [];
      for (const text of ["a ", "b ", "c "]) {
        workspace = await load(text);
        ids.unshift(workspace.routes.get("push")!.version);
        versions.look();
        await until("it is written", async () => (await versions.loadsOf("push"))[0]?.version === ids[0]);
      }
      expect((await versions.loadsOf("push")).map(({ version }) => version)).toEqual(ids.slice(0, 2));
      expect(await versions.read(ids[1]!)).toMatchObject({ rule: '{ "text": "b " & name }\n' });
      expect(await versions.read(ids[2]!)).toBeUndefined();
    } finally {
      await versions.stop();
      commands.disconnect();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

async function load(text: string): Promise<Workspace> {
  const files = { "transforms/push.jsonata": `{ "text": ${JSON.stringify(text)} & name }\n` };
  return (await loadWorkspace(aGoodWorkspace(files), {})).workspace!;
}

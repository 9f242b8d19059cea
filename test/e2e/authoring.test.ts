/** Authoring rules on the command line: cases, coverage, fuzzing, watching, and explanations offline and of a running router. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/admin/shapes/explanations.ts";
import { post } from "../helpers/github.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";

const program = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const noCi = { CI: "" };

describe("signalbox test", () => {
  it(
    "tells the line of the rule that made a field, writes JUnit, and brings a case up to date",
    { timeout: 90_000 },
    async () => {
      const dir = aGoodWorkspace({
        "transforms/push.jsonata": '{\n  "text":\n    name & " has pushed"\n}\n',
      });
      const report = join(dir, "report.xml");
      const failed = await run(["test", "--dir", dir, "--junit", report], noCi);
      expect(failed.code).toBe(1);
      expect(failed.stdout).toContain("/text  transforms/push.jsonata:3:5");
      expect(readFileSync(report, "utf8")).toContain('tests="2" failures="1"');
      const refused = await run(["test", "--dir", dir, "--update"], { CI: "true" });
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toContain("refused in CI");
      const updated = await run(["test", "--dir", dir, "--update"], noCi);
      expect(updated.code).toBe(0);
      expect(updated.stdout).toMatch(
        /expected "Ada pushed"[\s\S]*got {6}"Ada has pushed"[\s\S]*1 case brought up to date/,
      );
      expect(readFileSync(join(dir, "transforms/push.yaml"), "utf8")).toContain("text: Ada has pushed");
      expect((await run(["test", "--dir", dir], noCi)).code).toBe(0);
    },
  );

  it("measures coverage: a summary, a listing, a tracefile, JSON, and exit code 3 below the threshold", async () => {
    const dir = aGoodWorkspace({
      "transforms/push.jsonata": '{ "text": name & (forced = true ? $uppercase(" forced") : " pushed") }\n',
    });
    const lcov = join(dir, "cov/lcov.info");
    const arguments_ = ["test", "--dir", dir, "--lcov", lcov];
    const full = await run([...arguments_, "--coverage=full"], noCi);
    expect(full.code).toBe(0);
    expect(full.stdout).toMatch(/^transforms\/push\.jsonata +\d\d(\.\d)? % +\d+\/\d+ +1\/2$/m);
    expect(full.stdout).toMatch(/^ +1!\| \{ "text"/m);
    expect(full.stdout).toContain('^ never ran: $uppercase(" forced")');
    expect(readFileSync(lcov, "utf8")).toMatch(/^TN:\nSF:transforms\/push\.jsonata\nDA:1,1\n/);
    const wanting = await run([...arguments_, "--coverage", "--threshold", "100"], noCi);
    expect(wanting.code).toBe(3);
    expect(wanting.stderr).toMatch(/% of the rules' parts and arms are covered; 100 % are asked for/);
    const set = await run([...arguments_, "--coverage", "--json"], {
      ...noCi,
      SIGNALBOX_COVERAGE_THRESHOLD: "100",
    });
    expect(set.code).toBe(3);
    const { passed, coverage } = JSON.parse(set.stdout) as {
      passed: number;
      coverage: { armsRan: number; rules: { name: string; gaps: { what: string }[] }[] };
    };
    expect(passed).toBe(2);
    expect(coverage.rules[0]!.gaps).toEqual([
      { line: 1, column: 35, what: 'never ran: $uppercase(" forced")' },
    ]);
  });

  it.each([
    [["--coverage=half"], "--coverage takes"],
    [["--coverage", "--threshold", "101"], "--threshold takes"],
    [["--threshold", "50"], "--threshold goes with --coverage"],
    [["--fuzz", "--runs", "0"], "--runs takes"],
    [["--save"], "--save goes with --fuzz"],
    [["--watch", "--json"], "--watch goes on"],
    [["--fuzz", "--coverage"], "--fuzz goes with neither"],
  ])("refuses %s", async (given, said) => {
    const refused = await run(["test", "--dir", aGoodWorkspace(), ...given], noCi);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(said);
  });

  it(
    "finds a body that the rule fails on, the same for the same seed, and saves it as a case",
    { timeout: 90_000 },
    async () => {
      const dir = aGoodWorkspace({
        "schemas/push.json": JSON.stringify({
          type: "object",
          required: ["name", "ref"],
          properties: { name: { type: ["string", "null"] }, ref: { const: "main" } },
        }),
        "transforms/push.jsonata": '{ "text": $uppercase(name) }\n',
        "transforms/push.yaml": "input: push\noutput: chat.message\n",
      });
      const command = ["test", "--dir", dir, "--fuzz", "--seed", "s", "--runs", "200"];
      const found = await run([...command, "--json"], noCi);
      expect(found.code).toBe(1);
      const { transforms } = JSON.parse(found.stdout) as {
        transforms: { transform: string; failure?: { code: string; payload: unknown } }[];
      };
      expect(transforms).toMatchObject([
        { transform: "push", failure: { code: "TRANSFORM_TYPE", payload: { name: null, ref: "main" } } },
      ]);
      expect((await run([...command, "--json"], noCi)).stdout).toBe(found.stdout);
      expect((await run([...command, "--save"], { CI: "1" })).code).toBe(2);
      const saved = await run([...command, "--save"], noCi);
      expect(saved.stdout).toContain("written as a case to transforms/push.yaml");
      const failing = await run(["test", "--dir", dir], noCi);
      expect(failing.code).toBe(1);
      expect(failing.stdout).toContain("found by --fuzz: TRANSFORM_TYPE");
      writeFileSync(join(dir, "transforms/push.jsonata"), '{ "text": name ? $uppercase(name) : "nobody" }\n');
      expect((await run(["test", "--dir", dir], noCi)).code).toBe(0);
      expect((await run(command, noCi)).code).toBe(0);
    },
  );

  it("watches: a changed rule and a new case file run again, an error of the workspace does not end it", async () => {
    const dir = aGoodWorkspace();
    const child = spawn(process.execPath, [program, "test", "--dir", dir, "--watch"], {
      env: { PATH: process.env["PATH"] },
    });
    let seen = "";
    child.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    const after = async (text: RegExp, change: () => void): Promise<void> => {
      seen = "";
      change();
      await until(`${text.source} is printed`, () => text.test(seen), { withinMs: 20_000 });
    };
    try {
      await after(/2 passed, 0 failed[\s\S]*Waiting/, () => undefined);
      await after(/1 passed, 1 failed[\s\S]*Waiting/, () =>
        writeFileSync(join(dir, "transforms/push.jsonata"), '{ "text": "x" }'),
      );
      await after(/RULE_SYNTAX_INVALID[\s\S]*Waiting/, () =>
        writeFileSync(join(dir, "transforms/push.jsonata"), '{ "text": '),
      );
      await after(/FAIL other[\s\S]*Waiting/, () => {
        writeFileSync(join(dir, "transforms/push.jsonata"), '{ "text": name & " pushed" }');
        writeFileSync(join(dir, "transforms/other.jsonata"), "1");
        writeFileSync(
          join(dir, "transforms/other.yaml"),
          "cases:\n  - name: new\n    given: {}\n    expect: 2\n",
        );
      });
    } finally {
      child.kill("SIGINT");
    }
    await until("it has ended", () => child.exitCode !== null || child.signalCode !== null);
    expect(child.exitCode).toBe(0);
  });
});

describe("signalbox explain, offline", () => {
  it("tells each route's clause, the rule's values and where one became nothing, and what would be sent", async () => {
    const dir = aGoodWorkspace();
    const body = join(dir, "body.json");
    writeFileSync(body, '{ "ref": "main", "name": "Ada" }');
    const taken = await run(["explain", body, "push", "--dir", dir]);
    expect(taken.code).toBe(0);
    expect(taken.stdout).toMatch(/push → chat {2}takes it {2}when: it is true/);
    expect(taken.stdout).toMatch(/^ +\| +name & " pushed" +"Ada pushed"$/m);
    expect(taken.stdout).toContain("would be sent: POST https://chat.example/hook");
    expect(taken.stdout).toContain("authorization: [removed]");
    expect(taken.stdout).not.toContain("s3cr3t");
    writeFileSync(body, '{ "ref": "dev" }');
    const left = await run(["explain", body, "--source", "github", "--type", "push", "--json", "--dir", dir]);
    const { routes } = JSON.parse(left.stdout) as Explanation;
    expect(routes).toMatchObject([
      { route: "push", matched: false, decidedBy: 'when: `ref = "main"` is false: `ref` is "dev"' },
    ]);
  });

  it("asks for what it needs to know, and suggests names", async () => {
    const dir = aGoodWorkspace();
    const body = join(dir, "body.json");
    writeFileSync(body, "{}");
    expect(await run(["explain", body, "--dir", dir])).toMatchObject({ code: 2 });
    expect((await run(["explain", body, "psh", "--dir", dir])).stderr).toContain("Did you mean `push`?");
    expect((await run(["explain", body, "--source", "gitub", "--dir", dir])).stderr).toContain("`github`");
    rmSync(body);
    expect((await run(["explain", body, "push", "--dir", dir])).code).toBe(2);
  });
});

describe("signalbox capture and infer, offline", () => {
  it(
    "make a case that passes, without personal data, and a schema that the sample satisfies",
    { timeout: 90_000 },
    async () => {
      const dir = aGoodWorkspace();
      const event = join(dir, "event.json");
      const body = {
        ref: "main",
        name: "Eve",
        author: { name: "Eve", email: "eve@corp.example.org" },
        notes: "private",
      };
      writeFileSync(
        event,
        JSON.stringify({ source: "github", type: "push", receivedAt: "2026-05-05T05:05:05Z", body }),
      );
      const captured = await run([
        "capture",
        event,
        "--as",
        "one of Eve's",
        "--redact",
        "/notes",
        "--dir",
        dir,
      ]);
      expect(captured).toMatchObject({ code: 0 });
      expect(captured.stdout).toMatch(
        /taken out: \/author\/email \(email\)[\s\S]*taken out: \/notes \(text\)/,
      );
      const yaml = readFileSync(join(dir, "transforms/push.yaml"), "utf8");
      expect(yaml).toContain("user-1@example.com");
      expect(yaml).not.toMatch(/eve@corp|private/);
      const tested = await run(["test", "--dir", dir], noCi);
      expect(tested).toMatchObject({ code: 0 });
      expect(tested.stdout).toContain("3 passed");
      expect((await run(["capture", event, "--as", "x", "--route", "nowhere", "--dir", dir])).code).toBe(2);

      const inferred = await run(["infer", event, "--dir", dir]);
      expect(JSON.parse(inferred.stdout)).toMatchObject({
        type: "object",
        required: ["ref", "name", "author", "notes"],
      });
      const widened = await run(["infer", event, "--as", "push", "--dir", dir]);
      expect(widened.stdout).toMatch(/schemas\/push\.json was widened:[\s\S]*\/author {2}new: object/);
      expect((await run(["infer", event, "--as", "push", "--dir", dir])).stdout).toContain(
        "is satisfied already",
      );
      expect((await run(["check", "--dir", dir])).code).toBe(0);
    },
  );

  it("put large bodies and results into files of their own, and write over none", async () => {
    const dir = aGoodWorkspace({
      "transforms/push.jsonata": '{ "text": name, "all": filler }\n',
      "transforms/push.yaml": "input: push\n",
      "schemas/chat.message.json": undefined,
    });
    const event = join(dir, "event.json");
    const body = { ref: "main", name: "Kim", filler: "x".repeat(3_000) };
    writeFileSync(
      event,
      JSON.stringify({ source: "github", type: "push", receivedAt: "2026-05-05T05:05:05Z", body }),
    );
    const command = ["capture", event, "--as", "a large one", "--json", "--dir", dir];
    const { files } = JSON.parse((await run(command)).stdout) as { files: string[] };
    expect(files).toEqual([
      "transforms/push.yaml",
      "transforms/cases/push-a-large-one.json",
      "transforms/cases/push-a-large-one.expected.json",
    ]);
    expect((await run(["test", "--dir", dir], noCi)).stdout).toContain("1 passed");
    expect(await run(command)).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("signalbox explain, of a running router", () => {
  let scene: Scene;
  let environment: Record<string, string>;

  beforeAll(async () => {
    scene = await aScene({
      files: {
        "transforms/shout.jsonata": '{ "said": $uppercase(word), "by": author.nam }\n',
        "routes/shout.yaml":
          "source: github\non: [push]\nwhen: $exists(word)\ntransform: shout\ntarget: api\n",
      },
    });
    environment = {
      TARGET: scene.target.url,
      SIGNALBOX_DATA_DIR: scene.dataDir,
      SIGNALBOX_DIR: scene.dir,
      SECRET: "a test's own secret",
    };
  });
  afterAll(async () => {
    await scene.close();
  });

  it(
    "explains an event and a delivery by their ids, with the rules that the router runs",
    { timeout: 90_000 },
    async () => {
      const { hooks } = scene.router;
      const { json } = await post(hooks, { body: '{"word":"hush","author":{"name":"Ada"}}' });
      const { id, deliveries } = json as { id: string; deliveries: string[] };
      const told = await run(["explain", id, "--json"], environment);
      expect(told.code).toBe(0);
      const { event, routes } = JSON.parse(told.stdout) as Explanation;
      expect(event).toBe(id);
      const shout = routes.find(({ route }) => route === "shout")!;
      expect(shout).toMatchObject({ matched: true, result: { said: "HUSH" } });
      expect(shout.rule!.missing).toEqual([
        expect.objectContaining({
          text: "nam",
          why: expect.stringContaining("did you mean `name`") as unknown,
        }),
      ]);
      expect(shout.request).toMatchObject({ method: "POST", body: '{"said":"HUSH"}' });
      const delivery = deliveries.at(-1)!;
      const one = JSON.parse((await run(["explain", delivery, "--json"], environment)).stdout) as Explanation;
      expect(one.routes).toHaveLength(1);
      const captured = await run(["capture", id, "--as", "hushed", "--json"], environment);
      expect(JSON.parse(captured.stdout)).toMatchObject({
        outcome: "expect",
        files: ["transforms/shout.yaml"],
      });
      expect((await run(["test", "--filter", "hushed"], { ...environment, ...noCi })).stdout).toContain(
        "1 passed",
      );
    },
  );

  it("tells an id that is not there, and a route that is none", async () => {
    const { hooks } = scene.router;
    const { json } = await post(hooks, { body: "{}" });
    const { id } = json as { id: string };
    expect((await run(["explain", id, "nowhere"], environment)).stderr).toContain("ADMIN_NAME_UNKNOWN");
    const gone = await run(["explain", "evt_00000000000000000000000000"], environment);
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain("ADMIN_EVENT_UNKNOWN");
  });
});

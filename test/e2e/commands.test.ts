/** The command line, as a user types it: outputs, exit codes, and what it says when something is broken. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["sources", "routes", "transforms", "targets", "schemas"];

interface Checked {
  readonly errors: number;
  readonly warnings: number;
  readonly problems: {
    file: string;
    line: number;
    column: number;
    code: string;
    severity: string;
    message: string;
    fix: string;
  }[];
}

describe("on the shipped workspace", () => {
  it("check and test are content, with exit code 0", async () => {
    const checked = await run(["check", "--json", "--dir", root]);
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toEqual({ errors: 0, warnings: 0, problems: [] });
    const tested = await run(["test", "--json", "--dir", root]);
    expect(tested.code).toBe(0);
    const { passed, failed, cases } = JSON.parse(tested.stdout) as {
      passed: number;
      failed: number;
      cases: { transform: string; name: string; ok: boolean }[];
    };
    expect({ passed, failed }).toEqual({ passed: cases.length, failed: 0 });
    expect(cases.length).toBeGreaterThanOrEqual(18);
  });

  it("try shows body, rule, result and verdicts, from a file or standard input", async () => {
    const file = join(root, "transforms/cases/workload.json");
    const tried = await run(["try", "workload", file, "--dir", root]);
    expect(tried).toMatchObject({ code: 0 });
    expect(tried.stdout).toMatch(
      /body[\s\S]*rule {2}transforms\/workload.jsonata[\s\S]*result[\s\S]*input {3}fits workload.input/,
    );
    const piped = await run(["try", "workload", "-", "--json", "--dir", root], {}, '{"ref":1}');
    expect(piped.code).toBe(1);
    expect((JSON.parse(piped.stdout) as { input: { code: string } }).input.code).toBe(
      "TRANSFORM_INPUT_INVALID",
    );
  });

  it("providers lists the catalogue and explains one", async () => {
    const listed = await run(["providers", "--json"]);
    const providers = JSON.parse(listed.stdout) as { id: string; name: string; confidence: string }[];
    const wanted =
      "github gitlab bitbucket-cloud stripe slack-events shopify standard-webhooks svix linear sentry pagerduty-v3 jira-cloud zendesk alertmanager hmac shared-token basic bearer none";
    expect(providers.map(({ id }) => id)).toEqual(expect.arrayContaining(wanted.split(" ")));
    const one = await run(["providers", "stripe"]);
    expect(one.stdout).toMatch(/hmac sha256/);
    expect((await run(["providers", "strpie"])).stderr).toContain("stripe");
  });
});

describe("output that nobody reads to its end", () => {
  it("ends the command quietly", async () => {
    const child = spawn(process.execPath, [join(root, "bin/signalbox.js"), "providers", "github"]);
    child.stdout.destroy();
    let complaint = "";
    child.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    expect({ code, complaint }).toEqual({ code: 0, complaint: "" });
  });
});

describe("on broken copies of it", () => {
  let copy: string;
  const kept = new Map<string, string>();
  const change = async (file: string, by: (text: string) => string): Promise<void> => {
    const path = join(copy, file);
    const text = await readFile(path, "utf8").catch(() => "");
    if (!kept.has(file)) kept.set(file, text);
    await writeFile(path, by(text));
  };

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), "signalbox-copy-"));
    for (const folder of FOLDERS) await cp(join(root, folder), join(copy, folder), { recursive: true });
  });

  afterAll(() => rm(copy, { recursive: true, force: true }));

  const breaks: [string, string, (text: string) => string, Partial<Checked["problems"][number]>, RegExp][] = [
    [
      "an unknown key",
      "targets/team-chat.yaml",
      (text) => `${text}\ntimeoutSecond: 3\n`,
      { code: "RULE_KEY_UNKNOWN" },
      /timeoutSeconds/,
    ],
    [
      "an unknown target",
      "routes/github-push-to-chat.yaml",
      (text) => text.replace(/^target: .*$/m, "target: team-chart"),
      { code: "RULE_TARGET_UNKNOWN" },
      /team-chat/,
    ],
    [
      "an unknown source",
      "routes/github-push-to-chat.yaml",
      (text) => text.replace(/^source: .*$/m, "source: githup"),
      { code: "RULE_SOURCE_UNKNOWN" },
      /github/,
    ],
    [
      "an unknown transform",
      "routes/github-push-to-chat.yaml",
      (text) => text.replace(/^transform: .*$/m, "transform: github-push-to-chatt"),
      { code: "RULE_TRANSFORM_UNKNOWN" },
      /github-push-to-chat/,
    ],
    [
      "an unknown schema",
      "transforms/github-push-to-chat.yaml",
      (text) => text.replace(/^output: .*$/m, "output: chat.mesage"),
      { code: "RULE_SCHEMA_UNKNOWN" },
      /chat\.message/,
    ],
    [
      "an unset variable",
      "sources/github.yaml",
      (text) => text.replace(/\$\{GITHUB_WEBHOOK_SECRET[^}]*\}/, "${NOT_SET_ANYWHERE}"),
      { code: "RULE_VARIABLE_UNSET" },
      /NOT_SET_ANYWHERE/,
    ],
    [
      "a JSONata syntax error",
      "transforms/workload.jsonata",
      (text) => text.replace('"#releases" :', '"#releases" : :'),
      { code: "RULE_SYNTAX_INVALID", file: "transforms/workload.jsonata", line: 13 },
      /./,
    ],
    [
      "an unknown function",
      "transforms/workload.jsonata",
      (text) => text.replace("$uppercase(", "$upercase("),
      { code: "RULE_FUNCTION_UNKNOWN", file: "transforms/workload.jsonata" },
      /uppercase/,
    ],
    [
      "$eval",
      "transforms/workload.jsonata",
      (text) => text.replace("$uppercase(", "$eval("),
      { code: "RULE_EVAL_REFUSED" },
      /./,
    ],
    [
      "a case that does not fit",
      "transforms/workload.yaml",
      (text) => text.replace("file: cases/workload.json", "given: { before: 7 }"),
      { code: "RULE_CASE_INVALID" },
      /`ref`/,
    ],
    [
      "a schema that does not compile",
      "schemas/chat.message.json",
      (text) => text.replace('"type": "object"', '"type": "objekt"'),
      { code: "RULE_SCHEMA_INVALID", file: "schemas/chat.message.json" },
      /./,
    ],
    [
      "unreadable YAML",
      "targets/pager.yaml",
      () => "url: [unclosed\n",
      { code: "RULE_YAML_INVALID", file: "targets/pager.yaml" },
      /./,
    ],
    [
      "an alias bomb",
      "targets/pager.yaml",
      () =>
        `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      { code: "RULE_YAML_ALIASES" },
      /./,
    ],
    [
      "a file over 256 KB",
      "targets/pager.yaml",
      (text) => `${text}\n#${"x".repeat(256 * 1024)}\n`,
      { code: "RULE_FILE_TOO_LARGE" },
      /256/,
    ],
    [
      "two files of one name",
      "targets/pager.yml",
      () => "url: http://example.com\n",
      { code: "RULE_NAME_TAKEN" },
      /pager/,
    ],
  ];

  it.each(breaks)(
    "%s is told with file, place, code and a sentence; check exits 1, start 78",
    async (_what, file, by, expected, sentence) => {
      await change(file, by);
      try {
        const checked = await run(["check", "--json", "--dir", copy]);
        expect(checked.code).toBe(1);
        const { problems, errors } = JSON.parse(checked.stdout) as Checked;
        expect(errors).toBeGreaterThan(0);
        const found = problems.find((one) => one.code === expected.code);
        expect(found, checked.stdout).toMatchObject({ file, severity: "error", ...expected });
        expect(`${found!.message} ${found!.fix}`).toMatch(sentence);
        expect(found!.line).toBeGreaterThan(0);
        const told = await run(["check", "--dir", copy]);
        expect(told.stdout).toMatch(
          new RegExp(`^${file.replaceAll(".", "\\.")}:\\d+:\\d+ ${expected.code} .+`, "m"),
        );
        const started = await run(["start", "--json", "--dir", copy], {
          SIGNALBOX_PORT: "0",
          SIGNALBOX_ADMIN_PORT: "0",
          SIGNALBOX_DATA_DIR: join(copy, "data"),
        });
        expect(started.code).toBe(78);
        expect(started.stderr).toContain(expected.code);
      } finally {
        for (const [name, text] of kept)
          await (text === "" ? rm(join(copy, name), { force: true }) : writeFile(join(copy, name), text));
      }
    },
  );

  it("test fails on a case that comes out otherwise, and on a workspace without cases", async () => {
    await change("transforms/workload.jsonata", (text) => text.replace('"git-bot"', '"other-bot"'));
    const failed = await run(["test", "--json", "--filter", "workload", "--dir", copy]);
    await writeFile(join(copy, "transforms/workload.jsonata"), kept.get("transforms/workload.jsonata")!);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain("/chat/username");
    expect((await run(["test", "--filter", "no such case", "--dir", copy])).code).toBe(1);
  });
});

describe("with a running router", () => {
  let scene: Scene;
  let environment: Record<string, string>;

  beforeAll(async () => {
    scene = await aScene({ files: { "sources/odd.yaml": "provider: none\ntype: json:kind\n" } });
    environment = {
      SIGNALBOX_DATA_DIR: scene.dataDir,
      SIGNALBOX_DIR: scene.dir,
      SECRET: "a test's own secret",
      TARGET: scene.target.url,
    };
  }, 60_000);

  afterAll(() => scene.close());

  it("send, events, deliveries, replay, tail and doctor find it and show what happened", async () => {
    const tail = run(["tail", "--json"], environment);
    const sent = await run(["send", "github", "issues", "--json"], environment);
    expect(sent).toMatchObject({ code: 0 });
    const { id, deliveries } = JSON.parse(sent.stdout) as { id: string; deliveries: string[] };
    const delivery = await until("it is delivered", async () => {
      const shown = await run(["deliveries", deliveries[0]!, "--json"], environment);
      const one = JSON.parse(shown.stdout) as { state: string; event: string; attemptList: unknown[] };
      return one.state === "delivered" && one;
    });
    expect(delivery.event).toBe(id);
    expect((await run(["events", "--source", "github", "--type", "issues"], environment)).stdout).toContain(
      id,
    );
    const whole = JSON.parse((await run(["events", id, "--json"], environment)).stdout) as {
      body: { action: string };
      headers: Record<string, string>;
    };
    expect(whole.body.action).toBeTypeOf("string");
    expect((await run(["replay", id], environment)).stdout).toContain(deliveries[0]!);
    await until(
      "the replay arrives",
      () => scene.target.arrivals.filter((one) => one.headers["webhook-id"] === deliveries[0]).length === 2,
    );
    expect((await run(["replay", "dlv_00000000000000000000000000aaaaaaaa"], environment)).code).toBe(1);
    expect((await run(["replay", "nonsense"], environment)).code).toBe(2);
    const doctor = await run(["doctor", "--json"], environment);
    expect(JSON.parse(doctor.stdout)).toContainEqual(
      expect.objectContaining({ name: "router", state: "ok" }),
    );
    await scene.router.end();
    const { stdout } = await tail;
    expect(stdout).toContain(deliveries[0]!);
    expect(stdout).toContain('"state":"delivered"');
    expect((await run(["events"], environment)).stderr).toContain("No router answers");
    scene.router = await scene.start();
  }, 60_000);

  it("a sender's type does nothing to the terminal on which it is shown", async () => {
    const tail = run(["tail"], environment);
    const kind = `a\u001b[31m\u202eb\nc${"x".repeat(150)}`;
    const ids: string[] = [];
    await until("it is followed", async () => {
      const response = await fetch(`${scene.router.hooks}/hooks/odd`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ kind, n: ids.length }),
      });
      ids.push(((await response.json()) as { id: string }).id);
      return ids.length > 5;
    });
    for (const args of [["events"], ["events", ids[0]!], ["explain", ids[0]!]]) {
      const { stdout } = await run(args, environment);
      // The body is JSON, in which it is spelled anyway.
      expect(stdout.split("\n").find((line) => line.includes(ids[0]!))).toContain(
        "a\\u001b[31m\\u202eb\\u000ac",
      );
      expect(stdout).not.toContain("\u001b");
    }
    await scene.router.end();
    const { stdout: told } = await tail;
    expect([told.includes("\u001b"), told.includes("\u202e")]).toEqual([false, false]);
    scene.router = await scene.start();
  }, 60_000);

  it("what the file system refuses is a line and exit code 1, not a stack", async () => {
    const refused = await run(["init", join(root, "package.json", "below")]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^\S*package\.json\S*: E(NOTDIR|EXIST)\n$/);
  });

  it("wrong usage is exit code 2 with help, and every command's help has an example", async () => {
    for (const args of [["bogus"], ["try"], ["check", "--bogus"], ["send", "github"]])
      expect((await run(args)).code).toBe(2);
    for (const name of "start check test try send providers doctor events deliveries replay tail users invite".split(
      " ",
    )) {
      const help = await run([name, "--help"]);
      expect(help.code).toBe(0);
      expect(help.stdout).toMatch(/Examples?:\n {2}\$ .*signalbox/);
    }
    expect((await run(["check"], { SIGNALBOX_PORT: "many" })).code).toBe(78);
    expect((await run(["check"], { SIGNALBOX_PORT: "9000", SIGNALBOX_ADMIN_PORT: "9000" })).code).toBe(78);
  }, 60_000);
});

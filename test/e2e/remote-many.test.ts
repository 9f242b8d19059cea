/** The command line at work on many, on edited bodies and on tokens, against a router elsewhere. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Replay } from "../../src/admin/shapes/replays.ts";
import { answers, call } from "../helpers/admin.ts";
import { deadLetters } from "../helpers/dead.ts";
import { invite, PASSWORD, setUp, totpCode, type Client } from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";

describeWithRedis("the command line, elsewhere,", () => {
  let redis: TestRedis;
  let scene: Scene;
  let elsewhere: string;
  let environment: Record<string, string>;
  let ada: Client;

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url });
    elsewhere = await mkdtemp(join(tmpdir(), "signalbox-elsewhere-"));
    const { admin, setup, token } = scene.router;
    environment = { SIGNALBOX_DATA_DIR: elsewhere, SIGNALBOX_URL: admin, SIGNALBOX_TOKEN: token };
    ada = await invite(admin, await setUp(admin, setup), "ada", "operator");
  }, 120_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
    await rm(elsewhere, { recursive: true, force: true });
  });

  /** What a command prints, where it went as it should. */
  const fine = async (args: readonly string[], input = ""): Promise<{ stdout: string; stderr: string }> => {
    const { code, stdout, stderr } = await run(args, environment, input);
    expect({ args, code, stderr }).toMatchObject({ args, code: 0 });
    return { stdout, stderr };
  };
  const fails = (args: readonly string[], input = "") => run(args, environment, input);

  it("shows what a replay of many would be, does it by the count that was seen, and follows it", async () => {
    const ids = await deadLetters(scene, 40);
    scene.target.answer = status(200);
    const asked = ["replay", "--target", "api", "--state", "dead", "--from", "1h"];
    const seen = await fine([...asked, "--rate", "10", "--preview"]);
    expect(seen.stdout).toMatch(/^40 deliveries to replay, at 10 a second in about 4 s\.\n/);
    expect(seen.stdout).toMatch(/dlv_\S+ +everything → api +dead/);
    const unsure = await fails(asked);
    expect(unsure.code).toBe(2);
    expect(unsure.stderr).toMatch(/Nothing was done\. The same with --expect 40 or --yes, and a --reason/);
    expect((await fails([...asked, "--yes"])).stderr).toMatch(/--reason/);
    const moved = await fails([...asked, "--expect", "90", "--reason", "mended"]);
    expect(moved.code).toBe(1);
    expect(moved.stderr).toMatch(/ADMIN_CONFLICT The filter finds 40 now; 90 were expected/);
    expect(scene.target.arrivals).toEqual([]);
    const done = await fine([...asked, "--expect", "40", "--rate", "40", "--reason", "mended", "--watch"]);
    expect(done.stdout).toMatch(/rpl_\S+ +replay +done +40\/40 +40\/s +local .* mended/);
    expect(done.stderr).toMatch(/of 40, about \d+ s left/);
    await answers<{ open: number }>(scene.router.admin, "/targets/api", ({ open }) => open === 0);
    expect(new Set(scene.target.arrivals.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set(ids));
    const again = await fine(["replay", "--target", "api", "--preview"]);
    expect(again.stdout).toMatch(/40 of them the target has, or may have, taken already/);
  }, 120_000);

  it("pauses and cancels a replay, and a watch of it ends with a failure", async () => {
    const { stdout } = await fine([
      ...["replay", "--target", "api", "--state", "delivered", "--rate", "1", "--yes", "--reason", "slowly"],
      "--json",
    ]);
    const { id } = JSON.parse(stdout) as Replay;
    expect((await fine(["replays", id, "--pause"])).stdout).toMatch(/paused/);
    const watched = fails(["replays", id, "--watch"]);
    expect((await fine(["replays", id, "--cancel"])).stdout).toMatch(/cancelled/);
    const { code, stdout: told } = await watched;
    expect({ code, told }).toMatchObject({ code: 1 });
    expect(told).toMatch(/cancelled/);
  }, 120_000);

  it("shows what an edited event would send, and makes a new event of it", async () => {
    const { items } = (await call<{ items: { id: string }[] }>(scene.router.admin, "/events?limit=1")).json;
    const { id } = items[0]!;
    const file = join(elsewhere, "mended.json");
    await writeFile(file, '{"mended":12345678901234567890}');
    const seen = await fine(["replay", id, "--body", file, "--preview"]);
    expect(seen.stdout).toMatch(
      /everything → api {2}differs from last time[\s\S]*- \{"dead"[\s\S]*\+ \{"mended"/,
    );
    const made = await fine(["replay", id, "--body", "-", "--reason", "a typing error"], '{"mended":true}');
    const event = /^(evt_\S+) was made of it/.exec(made.stdout)?.[1];
    const read = await answers<{ body: unknown; deliveries: { state: string }[] }>(
      scene.router.admin,
      `/events/${event}`,
      ({ deliveries }) => deliveries.every(({ state }) => state === "delivered"),
    );
    expect(read).toMatchObject({ replayOf: id, editedBy: "local", body: { mended: true } });
    const broken = await fails(["replay", id, "--body", "-", "--reason", "x"], "{");
    expect(broken).toMatchObject({ code: 2, stdout: "" });
    expect(broken.stderr).toMatch(/^Standard input: /);
  }, 120_000);

  it("discards what a filter finds, by the count that was seen", async () => {
    await deadLetters(scene, 12);
    const asked = ["discard", "--target", "api"];
    const unsure = await fails(asked);
    expect(unsure.code).toBe(2);
    expect(unsure.stdout).toMatch(/^12 deliveries to discard\.\n/);
    const { stdout } = await fine([...asked, "--expect", "12", "--reason", "nobody wants them", "--watch"]);
    expect(stdout).toMatch(/rpl_\S+ +discard +done +12\/12 .* nobody wants them/);
    const { items } = (await call<{ items: unknown[] }>(scene.router.admin, "/deliveries?state=discarded"))
      .json;
    expect(items.length).toBe(12);
    expect((await fails(["discard", "--reason", "all"])).stderr).toMatch(/Name an id, or say by --target/);
    expect((await fails(["discard", "--target", "api", "--state", "delivered"])).code).toBe(2);
  }, 120_000);

  it("makes, lists and revokes tokens of who logs in; the secret is printed once, the password never", async () => {
    const as = ["--as", "ada"];
    const made = await fine(
      [
        "tokens",
        "create",
        "ci",
        "--scopes",
        "read,operate",
        "--expires",
        "30d",
        "--description",
        "nightly",
        ...as,
      ],
      `${PASSWORD}\n`,
    );
    const secret = made.stdout.trim();
    expect(secret).toMatch(/^sb_pat_\w+$/);
    const id = /^(tok_\w+), good for read, operate until /.exec(made.stderr)![1]!;
    const works = await run(["targets"], { ...environment, SIGNALBOX_TOKEN: secret });
    expect(works).toMatchObject({ code: 0, stderr: "" });
    const listed = await fine(["tokens", ...as], PASSWORD);
    expect(listed.stdout).toMatch(new RegExp(`${id} +ci +read,operate +active .* nightly`));
    const { expires_at } = (await ada.call("GET", "/api/v1/tokens")).json.items![0]! as {
      expires_at: string;
    };
    expect(Math.abs(Date.parse(expires_at) - Date.now() - 30 * 86_400_000)).toBeLessThan(120_000);
    expect((await fine(["tokens", "revoke", id, ...as], PASSWORD)).stdout).toBe(`${id} is revoked.\n`);
    expect((await fine(["tokens", ...as], PASSWORD)).stdout).toBe("No tokens.\n");
    expect((await fine(["tokens", "--all", ...as], PASSWORD)).stdout).toMatch(/ revoked /);
    const dead = await run(["targets"], { ...environment, SIGNALBOX_TOKEN: secret });
    expect(dead.code).toBe(1);
    for (const { stdout, stderr } of [listed, works, dead]) {
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain(PASSWORD);
    }
    // Each command's session ended with it.
    const { json } = await ada.call("GET", "/api/v1/audit?action=session.ended");
    expect(json.items!.length).toBe(5);
  }, 120_000);

  it("says clearly why it is not for a token, a wrong password, a scope beyond the role, or an end that is none", async () => {
    for (const args of [["tokens"], ["tokens", "create", "x"], ["tokens", "revoke", "tok_1"]]) {
      const { code, stderr } = await fails(args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/ADMIN_SCOPE_MISSING Only the person may do this[\s\S]*--as <name>/);
    }
    const as = ["--as", "ada"];
    const wrong = await fails(["tokens", ...as], "not it at all");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toMatch(/ADMIN_LOGIN_FAILED/);
    expect((await fails(["tokens", ...as])).code).toBe(2);
    const beyond = await fails(["tokens", "create", "x", "--scopes", "admin", ...as], PASSWORD);
    expect(beyond.stderr).toMatch(/ADMIN_SCOPE_MISSING Scope admin is beyond ada/);
    const late = await fails(["tokens", "create", "x", "--expires", "400d", ...as], PASSWORD);
    expect(late.stderr).toMatch(/expires_at/);
    const odd = await fails(["tokens", "create", "x", `--expres=${PASSWORD}`, ...as]);
    expect(odd.code).toBe(2);
    expect(odd.stderr).toMatch(/unknown option[\s\S]*signalbox tokens create --help/);
    expect(odd.stderr).not.toContain(PASSWORD);
  }, 120_000);

  it("takes a one-time code, and says where one is missing", async () => {
    const { json } = await ada.call("POST", "/api/v1/me/totp");
    const secret = String(json["secret"]);
    const now = totpCode(secret, Date.now());
    expect((await ada.call("POST", "/api/v1/me/totp/confirm", { code: now })).status).toBeLessThan(300);
    const missing = await fails(["tokens", "--as", "ada"], PASSWORD);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/--code[\s\S]*ADMIN_TOTP_NEEDED/);
    const next = totpCode(secret, Date.now() + 30_000);
    await fine(["tokens", "--as", "ada", "--code", next], PASSWORD);
  }, 120_000);
});

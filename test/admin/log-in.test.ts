/** Log-in where settings, proxies, time and the store differ. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  aBrowser,
  callAs,
  invite,
  logIn,
  PASSWORD,
  setUp,
  totpCode,
  type Client,
} from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

describeWithRedis("log-in", () => {
  let redis: TestRedis;
  let scene: Scene;
  let root: Client;

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url });
    root = await setUp(scene.router.admin, scene.router.setup);
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  it("over plain http works on this machine alone; a trusted proxy may say that it was https, nobody else", async () => {
    const good = { name: "root", password: PASSWORD };
    const open = await scene.start({ SIGNALBOX_ADMIN_HOST: "0.0.0.0" });
    const at = `${open.admin}/api/v1/session`;
    const host = "signalbox.example.com";
    const plain = await callAs(at, { host }, good);
    expect(plain).toMatchObject({ status: 403, cookies: [] });
    expect(plain.text).toContain("ADMIN_TLS_NEEDED");
    const claimed = await callAs(at, { host, "x-forwarded-proto": "https" }, good);
    expect(claimed.status).toBe(403);
    await open.end();
    const onSix = await scene.start({ SIGNALBOX_ADMIN_HOST: "::1" });
    expect(onSix.admin).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await callAs(`${onSix.admin}/api/v1/session`, {}, good)).status).toBe(204);
    await onSix.end();
    const proxied = await scene.start({
      SIGNALBOX_TRUSTED_PROXIES: "127.0.0.1",
      SIGNALBOX_ADMIN_URL: `https://${host}`,
    });
    const behind = `${proxied.admin}/api/v1/session`;
    const origin = `https://${host}`;
    const through = { host, origin, "x-forwarded-proto": "https", "x-forwarded-for": "6.6.6.6, 203.0.113.9" };
    expect(await callAs(behind, through, good)).toMatchObject({ status: 204 });
    expect((await callAs(behind, { ...through, "x-forwarded-proto": "http" }, good)).status).toBe(403);
    expect((await callAs(behind, { ...through, host: "evil.example" }, good)).text).toContain(
      "ADMIN_ORIGIN_REFUSED",
    );
    const [latest] = (await root.call("GET", "/api/v1/audit?action=session.started")).json.items!;
    // The last hop before our proxy, and not what the caller claims to come from.
    expect(latest).toMatchObject({ address: "203.0.113.9" });
    const made = await proxied.ask("/api/v1/users", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"behind","role":"viewer"}',
    });
    expect(((await made.json()) as { invite: string }).invite).toMatch(
      /^https:\/\/signalbox\.example\.com\/invite#sb_inv_/,
    );
    await proxied.end();
  }, 90_000);

  it("ends when it is not used, and after its longest time even if it is", async () => {
    const idle = await scene.start({ SIGNALBOX_SESSION_IDLE_HOURS: "0.0004" });
    const { client } = await logIn(idle.admin, "root");
    expect((await client.call("GET", "/api/v1/session")).status).toBe(200);
    const started = Date.now();
    await until("it lapses", () => Date.now() - started > 1_500 && true);
    expect((await client.call("GET", "/api/v1/session")).status).toBe(401);
    await idle.end();
    const short = await scene.start({ SIGNALBOX_SESSION_MAX_HOURS: "0.0004" });
    const busy = (await logIn(short.admin, "root")).client;
    await until(
      "it is over although it is used",
      async () => (await busy.call("GET", "/api/v1/session")).status === 401,
    );
    await short.end();
  }, 90_000);

  it("SIGNALBOX_ADMIN_TOKEN is automation's, with every scope but a person's own, and is written down as such", async () => {
    const token = "a token of at least thirty-two characters".replaceAll(" ", "-");
    const router = await scene.start({ SIGNALBOX_ADMIN_TOKEN: token });
    const bearer = { authorization: `Bearer ${token}` };
    const nobody = aBrowser(router.admin);
    expect((await nobody.call("GET", "/api/v1/session", undefined, bearer)).json).toMatchObject({
      kind: "token",
      name: "automation",
      role: "admin",
    });
    expect(
      (await nobody.call("POST", "/api/v1/users", { name: "by automation", role: "viewer" }, bearer)).status,
    ).toBe(201);
    expect((await nobody.call("GET", "/api/v1/tokens", undefined, bearer)).status).toBe(403);
    const other = { authorization: `Bearer ${token}x` };
    expect((await nobody.call("GET", "/api/v1/session", undefined, other)).status).toBe(401);
    expect((await root.call("GET", "/api/v1/audit?author=automation")).json.items![0]).toMatchObject({
      action: "user.created",
    });
    expect(JSON.stringify([router.log, router.stderr()])).not.toContain(token);
    await router.end();
  }, 60_000);

  it("with one-time codes that another key sealed says so, and an admin can remove them", async () => {
    const ada = await invite(scene.router.admin, root, "ada", "viewer");
    const secret = String((await ada.call("POST", "/api/v1/me/totp", {})).json["secret"]);
    await ada.call("POST", "/api/v1/me/totp/confirm", { code: totpCode(secret, Date.now()) });
    const other = await scene.start({ SIGNALBOX_SECRET_KEY: "x".repeat(32) });
    const totp = totpCode(secret, Date.now() + 30_000);
    const { answer } = await logIn(other.admin, "ada", PASSWORD, { totp });
    expect(answer).toMatchObject({ status: 503, json: { code: "ADMIN_SECRET_KEY_WRONG" } });
    await root.call("DELETE", `/api/v1/users/${ada.id}/totp`);
    expect((await logIn(other.admin, "ada")).answer.status).toBe(204);
    await other.end();
  }, 60_000);

  it("answers 503 within seconds while the store hangs, is told so, and /healthz goes on", async () => {
    redis.freeze();
    try {
      const start = performance.now();
      expect((await root.call("GET", "/api/v1/session")).json.code).toBe("ADMIN_STORE_UNAVAILABLE");
      expect((await logIn(scene.router.admin, "root")).answer.status).toBe(503);
      expect(performance.now() - start).toBeLessThan(15_000);
      expect((await root.call("GET", "/healthz")).status).toBe(200);
    } finally {
      redis.thaw();
    }
    await until("it is back", async () => (await root.call("GET", "/api/v1/session")).status === 200);
  }, 60_000);
});

describe("on the trial store", () => {
  it("setup, log-in, tokens and the audit trail work as on a real one", async () => {
    const scene = await aScene({ environment: { SIGNALBOX_TRIAL: "1" } });
    const folder = await mkdtemp(join(tmpdir(), "signalbox-none-"));
    try {
      const { admin, setup } = scene.router;
      const root = await setUp(admin, setup);
      const ada = await invite(admin, root, "ada", "operator");
      const { json } = await ada.call("POST", "/api/v1/tokens", { name: "t", scopes: ["read"] });
      const bearer = { authorization: `Bearer ${String(json["token"])}` };
      expect((await aBrowser(admin).call("GET", "/api/v1/session", undefined, bearer)).json).toMatchObject({
        name: "ada",
      });
      for (let tries = 0; tries < 6; tries++)
        expect((await logIn(admin, "ada", "not the password")).answer.status).toBe(401);
      expect((await logIn(admin, "ada")).answer.status).toBe(429);
      expect((await root.call("GET", "/api/v1/audit/verify")).json).toMatchObject({ whole: true });
      expect((await root.call("GET", "/api/v1/audit?limit=3")).json.items).toHaveLength(3);
    } finally {
      await scene.close();
      await rm(folder, { recursive: true, force: true });
    }
  }, 90_000);
});

/** Acting as somebody else: by an admin, for a reason, for less than both may do, in the open, and over at once. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aBrowser, invite, logIn, setUp, type Answer, type Client } from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";

const WISH = { name: "look", scopes: ["read"], reason: "ticket 4711", description: "what does she see?" };

describeWithRedis("impersonation", () => {
  let redis: TestRedis;
  let scene: Scene;
  let admin: string;
  let root: Client;
  let ada: Client;
  let path: string;

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url });
    admin = scene.router.admin;
    root = await setUp(admin, scene.router.setup);
    ada = await invite(admin, root, "ada", "operator");
    path = `/api/v1/users/${ada.id}/impersonation_tokens`;
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  const as = (token: unknown, method: string, where: string, body?: unknown): Promise<Answer> =>
    aBrowser(admin).call(method, where, body, { authorization: `Bearer ${String(token)}` });

  it("has GitLab's four operations and fields; the secret is shown once", async () => {
    const made = await root.call("POST", path, WISH);
    expect(made.status).toBe(201);
    expect(made.json["token"]).toMatch(/^sb_imp_/);
    const shown = Object.fromEntries(Object.entries(made.json).filter(([name]) => name !== "token"));
    expect(shown).toEqual({
      ...WISH,
      id: expect.stringMatching(/^tok_/),
      user_id: ada.id,
      active: true,
      revoked: false,
      impersonation: true,
      created_at: expect.any(String),
      expires_at: expect.any(String),
      last_used_at: null,
      created_by: "root",
    });
    const day = Date.parse(String(shown["expires_at"])) - Date.parse(String(shown["created_at"]));
    expect(day).toBe(86_400_000);
    const one = `${path}/${String(shown["id"])}`;
    expect((await root.call("GET", one)).json).toEqual(shown);
    expect((await root.call("GET", path)).json.items).toEqual([shown]);
    expect((await root.call("DELETE", one)).status).toBe(204);
    expect((await root.call("GET", one)).json).toMatchObject({ active: false, revoked: true });
    expect((await root.call("GET", `${path}?state=active`)).json.items).toEqual([]);
    expect((await root.call("GET", `${path}?state=inactive`)).json.items).toHaveLength(1);
    expect((await as(made.json["token"], "GET", "/api/v1/events")).json.detail).toContain("revoked");
    expect((await root.call("GET", `${path}?state=strange`)).status).toBe(400);
    const other = `/api/v1/users/${root.id}/impersonation_tokens/${String(shown["id"])}`;
    expect((await root.call("GET", other)).status).toBe(404);
  });

  it("needs a reason, an end within 30 days, scopes that both have, and somebody who may do less", async () => {
    const { name, scopes } = WISH;
    const month = new Date(Date.now() + 31 * 86_400_000).toISOString();
    for (const body of [
      { name, scopes },
      { ...WISH, reason: "" },
      { ...WISH, expires_at: month },
      { ...WISH, scopes: [] },
    ])
      expect((await root.call("POST", path, body)).json.code).toBe("ADMIN_BODY_INVALID");
    const beyond = await root.call("POST", path, { ...WISH, scopes: ["read", "admin"] });
    expect(beyond.json.detail).toContain(
      "Scope admin is beyond ada and root: expected some of read, author, operate.",
    );
    const peer = await invite(admin, root, "peer", "admin");
    for (const id of [peer.id, root.id])
      expect((await root.call("POST", `/api/v1/users/${id}/impersonation_tokens`, WISH)).status).toBe(403);
    expect((await root.call("POST", "/api/v1/users/usr_nobody/impersonation_tokens", WISH)).status).toBe(404);
  });

  it("is an admin's, who is a person: not a lower role's, not a token's without the scope, not the command line's", async () => {
    expect((await ada.call("POST", path, WISH)).status).toBe(403);
    const body = JSON.stringify(WISH);
    const local = await scene.router.ask(path, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(local.status).toBe(403);
    const { json } = await root.call("POST", "/api/v1/tokens", { name: "all", scopes: ["admin"] });
    expect((await as(json["token"], "POST", path, WISH)).status).toBe(201);
    const { json: little } = await root.call("POST", "/api/v1/tokens", {
      name: "little",
      scopes: ["operate"],
    });
    expect((await as(little["token"], "POST", path, WISH)).status).toBe(403);
  });

  it("says with every answer who acts as whom, may not touch credentials or people, and is no way to another one", async () => {
    const { json } = await root.call("POST", path, { ...WISH, scopes: ["read", "operate"] });
    const seen = await as(json["token"], "GET", "/api/v1/session");
    expect(seen.json).toMatchObject({
      name: "ada",
      role: "operator",
      impersonator: { id: root.id, name: "root" },
    });
    expect(seen.headers.get("x-impersonated-user")).toBe("ada");
    expect(seen.headers.get("x-impersonator")).toBe("root");
    const refused = await as(json["token"], "GET", "/api/v1/users");
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.headers.get("x-impersonator")).toBe("root");
    for (const [method, where] of [
      ["POST", "/api/v1/tokens"],
      ["GET", "/api/v1/tokens"],
      ["POST", "/api/v1/me/password"],
      ["POST", "/api/v1/me/totp"],
      ["POST", "/api/v1/users"],
      ["POST", path],
      ["DELETE", `/api/v1/tokens/${String(json["id"])}`],
    ] as const)
      expect((await as(json["token"], method, where, method === "GET" ? undefined : {})).status, where).toBe(
        403,
      );
  });

  it("becomes a session at the page that is marked as such, and ends with the token", async () => {
    const { json } = await root.call("POST", path, WISH);
    const page = aBrowser(admin);
    expect((await page.call("POST", "/api/v1/session", { token: json["token"] })).status).toBe(204);
    expect((await page.refresh()).json).toMatchObject({
      kind: "session",
      name: "ada",
      impersonator: { name: "root" },
      scopes: ["read"],
    });
    expect((await page.call("POST", "/api/v1/me/totp", {})).status).toBe(403);
    expect((await page.call("POST", "/api/v1/events/evt_00000000000000000000000000/replay")).status).toBe(
      403,
    );
    await root.call("DELETE", `${path}/${String(json["id"])}`);
    expect((await page.call("GET", "/api/v1/events")).status).toBe(401);
    const { json: own } = await ada.call("POST", "/api/v1/tokens", { name: "own", scopes: ["read"] });
    expect((await aBrowser(admin).call("POST", "/api/v1/session", { token: own["token"] })).json.code).toBe(
      "ADMIN_LOGIN_FAILED",
    );
  });

  it("is not in the person's own list, cannot be revoked there, and is told to the person", async () => {
    const { json } = await root.call("POST", path, WISH);
    await as(json["token"], "GET", "/api/v1/deliveries");
    expect(JSON.stringify((await ada.call("GET", "/api/v1/tokens")).json)).not.toContain(String(json["id"]));
    expect((await ada.call("DELETE", `/api/v1/tokens/${String(json["id"])}`)).status).toBe(404);
    const hers = (await ada.call("GET", "/api/v1/audit?limit=1000")).json.items!;
    const made = hers.find(({ action, on }) => action === "impersonation.created" && on === json["id"]);
    expect(made).toMatchObject({ author: "root", detail: "as ada: ticket 4711" });
    const used = hers.filter(({ action, on }) => action === "impersonation.used" && on === json["id"]);
    expect(used[0]).toMatchObject({
      author: "ada",
      impersonator: "root",
      method: "GET",
      path: "/api/v1/deliveries",
    });
    expect(
      (await root.call("GET", "/api/v1/audit?action=impersonation&author=root")).json.items!.length,
    ).toBeGreaterThan(2);
  });

  it("each act is in the trail with author and impersonator; what cannot be written down is not done", async () => {
    const { json } = await root.call("POST", path, { ...WISH, scopes: ["operate"] });
    const replay = "/api/v1/events/evt_00000000000000000000000000/replay";
    for (let time = 0; time < 3; time++) expect((await as(json["token"], "POST", replay)).status).toBe(404);
    const acts = (await root.call("GET", `/api/v1/audit?action=impersonation.used&on=${String(json["id"])}`))
      .json.items!;
    expect(acts).toHaveLength(3);
    const outcome = (await root.call("GET", "/api/v1/audit?action=event.replayed")).json.items!;
    expect(outcome[0]).toMatchObject({
      author: "ada",
      impersonator: "root",
      status: 404,
      on: "evt_00000000000000000000000000",
    });
    // The trail's day is not a list any more: nothing can be added.
    const day = redis.cli("zrevrange", "{sb}:audit:days", "0", "0");
    redis.cli("rename", `{sb}:audit:${day}`, "aside");
    redis.cli("set", `{sb}:audit:${day}`, "broken");
    expect((await as(json["token"], "POST", replay)).status).toBe(503);
    expect((await root.call("POST", path, WISH)).status).toBe(503);
    expect((await root.call("PATCH", `/api/v1/users/${ada.id}`, { role: "viewer" })).status).toBe(503);
    redis.cli("rename", "aside", `{sb}:audit:${day}`);
    expect((await root.call("GET", `/api/v1/users/${ada.id}`)).json).toMatchObject({ role: "operator" });
    expect((await as(json["token"], "POST", replay)).status).toBe(404);
    expect((await root.call("GET", "/api/v1/audit/verify")).json).toMatchObject({ whole: true });
  });

  it("counts by both persons' roles of now: a raise, a fall and a block end it", async () => {
    const boss = await invite(admin, root, "boss", "admin");
    const { json } = await boss.call("POST", path, WISH);
    const works = async (): Promise<number> => (await as(json["token"], "GET", "/api/v1/session")).status;
    const patch = (id: string, body: unknown) => root.call("PATCH", `/api/v1/users/${id}`, body);
    expect(await works()).toBe(200);
    for (const [id, away, back] of [
      [ada.id, { role: "admin" }, { role: "operator" }],
      [ada.id, { blocked: true }, { blocked: false }],
      [boss.id, { blocked: true }, { blocked: false }],
      [boss.id, { role: "operator" }, { role: "admin" }],
    ] as const) {
      await patch(id, away);
      expect(await works(), JSON.stringify(away)).toBe(401);
      await patch(id, back);
      expect(await works()).toBe(200);
    }
    ada = (await logIn(admin, "ada")).client;
  });

  it("is switched off for all tokens at once by one setting", async () => {
    const { json } = await root.call("POST", path, WISH);
    const off = await scene.start({ SIGNALBOX_IMPERSONATION: "off" });
    const bearer = { authorization: `Bearer ${String(json["token"])}` };
    const used = await aBrowser(off.admin).call("GET", "/api/v1/session", undefined, bearer);
    expect(used).toMatchObject({ status: 401, json: { detail: "Impersonation is switched off." } });
    const made = await root.call("POST", `${off.admin}${path}`, WISH);
    expect(made).toMatchObject({ status: 403, json: { code: "ADMIN_SCOPE_MISSING" } });
    await off.end();
  }, 60_000);
});

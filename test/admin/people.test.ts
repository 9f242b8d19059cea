/** People at the operator's side of a started router, on a real Redis: from the setup link to the last admin. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { aBrowser, invite, logIn, PASSWORD, totpCode, type Client } from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";

describeWithRedis("people", () => {
  let redis: TestRedis;
  let scene: Scene;
  let admin: string;
  let root: Client;

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url });
    admin = scene.router.admin;
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  it("this machine's command line is known by a token in a file of its owner alone", async () => {
    const file = join(scene.dataDir, "router.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain("sb_loc_");
    const me = (await (await scene.router.ask("/api/v1/session")).json()) as Record<string, unknown>;
    expect(me).toMatchObject({ kind: "local", name: "local", role: "admin" });
  });

  it("the setup link makes the first admin once; no password is there by default", async () => {
    const { setup } = scene.router;
    expect(setup).toMatch(new RegExp(`^${admin}/setup#sb_set_`));
    expect((await aBrowser(admin).call("GET", "/api/v1/session/ways")).json).toEqual({
      oidc: false,
      setup: true,
    });
    const token = new URL(setup!).hash.slice(1);
    const mistyped = `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`;
    const body = { token: mistyped, name: "mallory", password: PASSWORD };
    expect((await aBrowser(admin).call("POST", "/api/v1/setup", body)).json.code).toBe("ADMIN_LINK_OVER");
    const weak = await aBrowser(admin).call("POST", "/api/v1/setup", {
      token,
      name: "root",
      password: "Password1234",
    });
    expect(weak).toMatchObject({ status: 400, json: { code: "ADMIN_PASSWORD_UNFIT" } });
    // Two at once: one admin.
    const both = await Promise.all(
      ["root", "mallory"].map((name) =>
        aBrowser(admin).call("POST", "/api/v1/setup", { token, name, password: PASSWORD }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([204, 410]);
    const name = both[0]!.status === 204 ? "root" : "mallory";
    root = (await logIn(admin, name)).client;
    const users = await root.call("GET", "/api/v1/users");
    expect(users.json.items).toHaveLength(1);
    expect(users.json.items![0]).toMatchObject({ name, role: "admin", blocked: false, totp: false });
    const again = await scene.start();
    expect(again.setup).toBeUndefined();
    expect((await aBrowser(admin).call("GET", "/api/v1/session/ways")).json).toEqual({
      oidc: false,
      setup: false,
    });
    await again.end();
  });

  it("the session's cookie is for this host, for the page's own calls and for no script", async () => {
    const { answer, client } = await logIn(admin, String((await root.refresh()).json["name"]));
    const cookie = answer.headers.getSetCookie()[0]!;
    expect(cookie).toMatch(
      /^__Host-signalbox=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=604800$/,
    );
    expect((await client.refresh()).json).toMatchObject({ kind: "session", role: "admin", totp: false });
    const secret = client.cookie!.split("=")[1]!;
    const stored = redis.cli("--scan", "--pattern", "{sb}:session:*").split("\n");
    expect(stored.length).toBeGreaterThan(0);
    for (const key of stored) expect(`${key} ${redis.cli("get", key)}`).not.toContain(secret);
    expect((await client.call("DELETE", "/api/v1/session")).status).toBe(204);
    expect(client.cookie).toBeUndefined();
    const kept = { cookie: `__Host-signalbox=${secret}` };
    expect((await aBrowser(admin).call("GET", "/api/v1/session", undefined, kept)).status).toBe(401);
  });

  it("nobody is a 401, and health needs nobody", async () => {
    const nobody = aBrowser(admin);
    expect(await nobody.call("GET", "/api/v1/session")).toMatchObject({
      status: 401,
      json: { code: "ADMIN_LOGIN_NEEDED" },
    });
    expect((await nobody.call("GET", "/api/v1/events")).status).toBe(401);
    for (const path of ["/healthz", "/readyz"]) expect((await nobody.call("GET", path)).status).toBe(200);
  });

  it("a change under a session wants the session's own csrf token, and a call from our page", async () => {
    const { csrf } = root;
    const make = (headers: Record<string, string>) =>
      root.call("POST", "/api/v1/users", { name: "csrf", role: "viewer" }, headers);
    root.csrf = undefined;
    expect((await make({})).json.code).toBe("ADMIN_CSRF_MISSING");
    const other = (await logIn(admin, String((await root.refresh()).json["name"]))).client;
    root.csrf = undefined;
    expect((await make({ "x-csrf-token": other.csrf! })).json.code).toBe("ADMIN_CSRF_MISSING");
    const good = { "x-csrf-token": csrf! };
    expect((await make({ ...good, origin: "https://evil.example" })).json.code).toBe("ADMIN_ORIGIN_REFUSED");
    expect((await make({ ...good, "sec-fetch-site": "cross-site" })).json.code).toBe("ADMIN_ORIGIN_REFUSED");
    expect((await make({ ...good, "sec-fetch-site": "same-site" })).json.code).toBe("ADMIN_ORIGIN_REFUSED");
    expect((await make({ ...good, origin: admin, "sec-fetch-site": "same-origin" })).status).toBe(201);
    root.csrf = csrf;
  });

  it("a wrong name and a wrong password look alike, and take alike long", async () => {
    await invite(admin, root, "sibyl", "viewer");
    const took = { known: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < 4; round++) {
      for (const [kind, name] of [
        ["known", "sibyl"],
        ["unknown", "nobody-here"],
      ] as const) {
        const start = performance.now();
        const { answer } = await logIn(admin, name, "surely not this one");
        took[kind].push(performance.now() - start);
        expect({ status: answer.status, json: answer.json }).toMatchObject({
          status: 401,
          json: { code: "ADMIN_LOGIN_FAILED", detail: "Name or password is wrong." },
        });
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    }
    const fastest = { known: Math.min(...took.known), unknown: Math.min(...took.unknown) };
    expect(fastest.unknown).toBeGreaterThan(fastest.known / 3);
    expect(fastest.known).toBeGreaterThan(fastest.unknown / 3);
  });

  it("after six failed tries even the right password has to wait, and a name that nobody has does, too", async () => {
    await invite(admin, root, "forgetful", "viewer");
    for (const name of ["forgetful", "nobody-at-all"]) {
      for (let tries = 0; tries < 6; tries++)
        expect((await logIn(admin, name, "wrong wrong wrong")).answer.status).toBe(401);
      const { answer } = await logIn(admin, name);
      expect(answer).toMatchObject({ status: 429, json: { code: "ADMIN_TRIES_EXCEEDED" } });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(60);
    }
    // Fourteen passwords are looked at, each of which costs a second or two where others want the processor as well.
  }, 90_000);

  it("an invite works once, the password is the person's own to choose, and names are taken but once", async () => {
    const made = await root.call("POST", "/api/v1/users", { name: "Ada", role: "author" });
    expect(made.json).toMatchObject({ name: "Ada", role: "author", invited: true });
    const token = new URL(String(made.json["invite"])).hash.slice(1);
    expect((await root.call("POST", "/api/v1/users", { name: "aDA", role: "viewer" })).json.code).toBe(
      "ADMIN_NAME_TAKEN",
    );
    expect((await logIn(admin, "Ada")).answer.status).toBe(401);
    const take = (password: string) => aBrowser(admin).call("POST", "/api/v1/invite", { token, password });
    expect((await take("too short")).json.code).toBe("ADMIN_PASSWORD_UNFIT");
    const both = await Promise.all([take("a first good password"), take("a second good password")]);
    expect(both.map(({ status }) => status).sort()).toEqual([204, 410]);
    const shown = await root.call("GET", `/api/v1/users/${String(made.json["id"])}`);
    expect(shown.json).toMatchObject({ invited: false });
    expect(shown.json).not.toHaveProperty("invite");
    expect((await take(PASSWORD)).json.code).toBe("ADMIN_LINK_OVER");
  });

  it("a new role, a block, a new password and an admin's word end the sessions at once", async () => {
    const grace = await invite(admin, root, "grace", "viewer");
    const path = `/api/v1/users/${grace.id}`;
    const alive = async (): Promise<number> => (await grace.call("GET", "/api/v1/session")).status;
    const back = async (): Promise<void> => {
      const { client } = await logIn(admin, "grace");
      Object.assign(grace, { cookie: client.cookie, csrf: client.csrf });
      expect(await alive()).toBe(200);
    };
    expect((await root.call("PATCH", path, { role: "operator" })).json).toMatchObject({ role: "operator" });
    expect(await alive()).toBe(401);
    await back();
    expect((await root.call("DELETE", `${path}/sessions`)).status).toBe(204);
    expect(await alive()).toBe(401);
    await back();
    const elsewhere = (await logIn(admin, "grace")).client;
    const change = { old: PASSWORD, new: "an entirely new one" };
    expect(
      (await grace.call("POST", "/api/v1/me/password", { ...change, old: "not it at all" })).status,
    ).toBe(401);
    expect((await grace.call("POST", "/api/v1/me/password", change)).status).toBe(204);
    expect(await alive()).toBe(200);
    expect((await elsewhere.call("GET", "/api/v1/session")).status).toBe(401);
    expect((await logIn(admin, "grace")).answer.status).toBe(401);
    expect((await root.call("PATCH", path, { blocked: true })).json).toMatchObject({ blocked: true });
    expect(await alive()).toBe(401);
    expect((await logIn(admin, "grace", change.new)).answer.json.code).toBe("ADMIN_LOGIN_FAILED");
  });

  it("the last admin stays; two who lower each other at once leave one", async () => {
    const me = root.id;
    for (const body of [{ role: "viewer" }, { blocked: true }])
      expect((await root.call("PATCH", `/api/v1/users/${me}`, body)).json.code).toBe("ADMIN_LAST_ADMIN");
    expect((await root.call("DELETE", `/api/v1/users/${me}`)).json.code).toBe("ADMIN_LAST_ADMIN");
    // One who has not taken the invite yet cannot log in, thus does not count.
    const idle = await root.call("POST", "/api/v1/users", { name: "not yet", role: "admin" });
    expect((await root.call("DELETE", `/api/v1/users/${me}`)).json.code).toBe("ADMIN_LAST_ADMIN");
    await root.call("DELETE", `/api/v1/users/${String(idle.json["id"])}`);
    for (let round = 0; round < 5; round++) {
      const second = await invite(admin, root, `second ${round}`, "admin");
      const both = await Promise.all([
        root.call("PATCH", `/api/v1/users/${second.id}`, { role: "viewer" }),
        second.call("PATCH", `/api/v1/users/${me}`, { role: "viewer" }),
      ]);
      expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
      const users = (await scene.router.ask("/api/v1/users").then((r) => r.json())) as {
        items: { id: string; role: string }[];
      };
      const admins = users.items.filter(({ role }) => role === "admin");
      expect(admins).toHaveLength(1);
      if (admins[0]!.id === me) continue;
      // The other one won: the command line makes us admin again.
      await scene.router.ask(`/api/v1/users/${me}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: '{"role":"admin"}',
      });
      await scene.router.ask(`/api/v1/users/${second.id}`, { method: "DELETE" });
      const { client } = await logIn(
        admin,
        String(
          ((await scene.router.ask(`/api/v1/users/${me}`).then((r) => r.json())) as { name: string }).name,
        ),
      );
      Object.assign(root, { cookie: client.cookie, csrf: client.csrf });
    }
  }, 60_000);

  it("one-time codes: confirmed first, used once, ±30 s, and a clock that is off is told by how much", async () => {
    const turing = await invite(admin, root, "turing", "operator");
    const begun = await turing.call("POST", "/api/v1/me/totp", {});
    const secret = String(begun.json["secret"]);
    expect(String(begun.json["uri"])).toMatch(/^otpauth:\/\/totp\/Signalbox:turing\?.*secret=[A-Z2-7]{32}/);
    expect(redis.cli("hget", "{sb}:people", turing.id)).not.toContain(secret);
    expect(statSync(join(scene.dataDir, "secret.key")).mode & 0o777).toBe(0o600);
    const confirm = (code: string) => turing.call("POST", "/api/v1/me/totp/confirm", { code });
    expect((await confirm("000000")).json.code).toBe("ADMIN_TOTP_WRONG");
    expect((await logIn(admin, "turing")).answer.status).toBe(204);
    const code = totpCode(secret, Date.now());
    expect((await confirm(code)).status).toBe(204);
    expect((await turing.refresh()).json).toMatchObject({ totp: true });
    expect((await logIn(admin, "turing")).answer.json.code).toBe("ADMIN_TOTP_NEEDED");
    // The code that confirmed is used up.
    expect((await logIn(admin, "turing", PASSWORD, { totp: code })).answer.json.code).toBe(
      "ADMIN_TOTP_WRONG",
    );
    const next = totpCode(secret, Date.now() + 30_000);
    const both = await Promise.all([1, 2].map(() => logIn(admin, "turing", PASSWORD, { totp: next })));
    expect(both.map(({ answer }) => answer.status).sort()).toEqual([204, 401]);
    const ahead = totpCode(secret, Date.now() + 180_000);
    const skewed = await logIn(admin, "turing", PASSWORD, { totp: ahead });
    expect(skewed.answer.json.detail).toMatch(/clock about (150|180|210) s ahead of ours/);
    const blind = await logIn(admin, "turing", "not the password", { totp: ahead });
    expect(blind.answer.json).toMatchObject({
      code: "ADMIN_LOGIN_FAILED",
      detail: "Name or password is wrong.",
    });
    expect((await root.call("DELETE", `/api/v1/users/${turing.id}/totp`)).status).toBe(204);
    expect((await logIn(admin, "turing")).answer.status).toBe(204);
  });

  it("an invite for somebody with one-time codes sets the password, and does not log in", async () => {
    const hopper = await invite(admin, root, "hopper", "viewer");
    const secret = String((await hopper.call("POST", "/api/v1/me/totp", {})).json["secret"]);
    await hopper.call("POST", "/api/v1/me/totp/confirm", { code: totpCode(secret, Date.now()) });
    const again = await root.call("POST", `/api/v1/users/${hopper.id}/invite`);
    const token = new URL(String(again.json["invite"])).hash.slice(1);
    const browser = aBrowser(admin);
    expect(
      (await browser.call("POST", "/api/v1/invite", { token, password: "a password anew" })).status,
    ).toBe(204);
    expect(browser.cookie).toBeUndefined();
    expect((await logIn(admin, "hopper", "a password anew")).answer.json.code).toBe("ADMIN_TOTP_NEEDED");
  });

  it("tokens: shown once, within the role of now, revoked at once, and never in a URL", async () => {
    const lovelace = await invite(admin, root, "lovelace", "operator");
    const wish = { name: "ci", scopes: ["read", "operate"], description: "for the pipeline" };
    const beyond = await lovelace.call("POST", "/api/v1/tokens", { ...wish, scopes: ["admin"] });
    expect(beyond).toMatchObject({ status: 403, json: { code: "ADMIN_SCOPE_MISSING" } });
    for (const expires_at of ["2020-01-01", "2999-01-01", "tomorrow", "2026-13-45"])
      expect((await lovelace.call("POST", "/api/v1/tokens", { ...wish, expires_at })).status).toBe(400);
    const made = await lovelace.call("POST", "/api/v1/tokens", wish);
    const token = String(made.json["token"]);
    expect(token).toMatch(/^sb_pat_[0-9a-z]{26}_[0-9a-z]{52}_[0-9a-z]{7}$/);
    expect(made.json).toMatchObject({
      ...wish,
      active: true,
      revoked: false,
      impersonation: false,
      last_used_at: null,
    });
    const listed = await lovelace.call("GET", "/api/v1/tokens");
    expect(JSON.stringify(listed.json)).not.toContain(token);
    expect(redis.cli("hget", "{sb}:tokens", String(made.json["id"]))).not.toContain(token.slice(34, 86));

    const program = (method: string, path: string, body?: unknown) =>
      aBrowser(admin).call(method, path, body, { authorization: `Bearer ${token}` });
    expect((await program("GET", "/api/v1/session")).json).toMatchObject({ kind: "token", name: "lovelace" });
    expect((await program("GET", "/api/v1/events")).status).toBe(200);
    expect((await program("POST", "/api/v1/tokens", wish)).status).toBe(403);
    expect((await lovelace.call("GET", "/api/v1/tokens")).json.items![0]!["last_used_at"]).not.toBeNull();
    const mistyped = `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`;
    const wrong = await aBrowser(admin).call("GET", "/api/v1/events", undefined, {
      authorization: `Bearer ${mistyped}`,
    });
    expect(wrong.status).toBe(401);

    for (const query of [`access_token=${token}`, `limit=1&x=${token}`]) {
      const exposed = await lovelace.call("GET", `/api/v1/events?${query}`);
      expect(exposed).toMatchObject({ status: 400, json: { code: "ADMIN_TOKEN_IN_URL" } });
      expect(JSON.stringify(exposed.json)).not.toContain(token);
    }
    // A lower role takes the scope from the token that has it, until the role is back.
    await root.call("PATCH", `/api/v1/users/${lovelace.id}`, { role: "viewer" });
    const replay = "/api/v1/events/evt_00000000000000000000000000/replay";
    expect((await program("POST", replay)).status).toBe(403);
    expect((await program("GET", "/api/v1/events")).status).toBe(200);
    await root.call("PATCH", `/api/v1/users/${lovelace.id}`, { role: "operator" });
    expect((await program("POST", replay)).status).toBe(404);
    await root.call("PATCH", `/api/v1/users/${lovelace.id}`, { blocked: true });
    expect((await program("GET", "/api/v1/events")).json.detail).toContain("gone or blocked");
    await root.call("PATCH", `/api/v1/users/${lovelace.id}`, { blocked: false });
    const { client } = await logIn(admin, "lovelace");
    const hers = `/api/v1/tokens/${String(made.json["id"])}`;
    expect((await root.call("DELETE", hers)).status).toBe(404);
    expect((await client.call("DELETE", hers)).status).toBe(204);
    expect((await program("GET", "/api/v1/events")).json.detail).toContain("revoked");
    expect((await client.call("GET", "/api/v1/tokens?state=active")).json.items).toEqual([]);
    expect((await client.call("GET", "/api/v1/tokens?state=inactive")).json.items).toHaveLength(1);
  });

  it("somebody who is removed is gone with all tokens and sessions, and the name is free again", async () => {
    const hedy = await invite(admin, root, "hedy", "viewer");
    const made = await hedy.call("POST", "/api/v1/tokens", { name: "t", scopes: ["read"] });
    expect((await root.call("DELETE", `/api/v1/users/${hedy.id}`)).status).toBe(204);
    const bearer = { authorization: `Bearer ${String(made.json["token"])}` };
    expect((await aBrowser(admin).call("GET", "/api/v1/events", undefined, bearer)).status).toBe(401);
    expect((await hedy.call("GET", "/api/v1/session")).status).toBe(401);
    expect((await logIn(admin, "hedy")).answer.status).toBe(401);
    expect((await invite(admin, root, "hedy", "viewer")).id).not.toBe(hedy.id);
  });

  it("the audit trail names all of it, to an admin; to others what concerns them; and is whole", async () => {
    const all = await root.call("GET", "/api/v1/audit?limit=1000");
    const actions = new Set(all.json.items!.map((entry) => entry["action"]));
    for (const action of [
      ...[
        "setup.done",
        "session.started",
        "session.refused",
        "session.ended",
        "user.created",
        "invite.taken",
      ],
      ...["user.changed", "user.removed", "user.sessions-ended", "user.totp-removed", "user.invited"],
      ...[
        "password.changed",
        "totp.begun",
        "totp.confirmed",
        "token.created",
        "token.revoked",
        "token.exposed",
      ],
    ])
      expect(actions, action).toContain(action);
    const refused = all.json.items!.filter(({ action }) => action === "session.refused");
    expect(refused.some(({ on }) => on === "sibyl")).toBe(true);
    expect(JSON.stringify(refused)).not.toContain("nobody-here");
    expect(
      (await root.call("GET", "/api/v1/audit?action=token.exposed&author=nobody")).json.items,
    ).toHaveLength(1);

    const pages: string[] = [];
    for (let cursor = ""; ;) {
      const page = await root.call("GET", `/api/v1/audit?limit=7${cursor && `&cursor=${cursor}`}`);
      pages.push(...page.json.items!.map(({ id }) => String(id)));
      if (page.json["next"] === undefined) break;
      cursor = String(page.json["next"]);
    }
    expect(pages.slice(-all.json.items!.length)).toEqual(all.json.items!.map(({ id }) => id));
    expect(new Set(pages).size).toBe(pages.length);
    expect((await root.call("GET", "/api/v1/audit?cursor=garbage")).json.code).toBe("ADMIN_CURSOR_STALE");

    const { client: sibyl } = await logIn(admin, "sibyl");
    const hers = await sibyl.call("GET", "/api/v1/audit?limit=1000");
    expect(hers.json.items!.length).toBeGreaterThan(3);
    expect(hers.json.items!.every(({ author, on }) => author === "sibyl" || on === "sibyl")).toBe(true);
    expect((await sibyl.call("GET", "/api/v1/audit/verify")).status).toBe(403);
    expect((await root.call("GET", "/api/v1/audit/verify")).json).toMatchObject({ whole: true });
  });

  it("the command line lists people, invites one, and gives a new link to who has lost the password", async () => {
    const router = await scene.start();
    const at = { SIGNALBOX_DIR: scene.dir, SIGNALBOX_DATA_DIR: scene.dataDir };
    const made = await run(["invite", "by hand", "--role", "author"], at);
    expect(made).toMatchObject({ code: 0 });
    const again = await run(["invite", "BY HAND", "--again", "--json"], at);
    const { invite: link } = JSON.parse(again.stdout) as { invite: string };
    const take = (url: string) =>
      aBrowser(admin).call("POST", "/api/v1/invite", {
        token: new URL(url).hash.slice(1),
        password: PASSWORD,
      });
    expect((await take(made.stdout.trim())).status).toBe(410);
    expect((await take(link)).status).toBe(204);
    const listed = await run(["users"], at);
    expect(listed.stdout).toMatch(/^by hand +author +- /m);
    expect((await run(["invite", "nobody", "--again"], at)).code).toBe(1);
    expect((await run(["invite", "x", "--role", "king"], at)).stderr).toContain("ADMIN_BODY_INVALID");
    const deeds = (await root.call("GET", "/api/v1/audit?author=local&action=user.created")).json.items!;
    expect(deeds[0]).toMatchObject({ status: 400 });
    expect(deeds[1]).toMatchObject({ on: "by hand", detail: "role author", status: 201 });
    await router.end();
  }, 90_000);

  it("every answer of the operator's side tells browsers to keep it to itself", async () => {
    for (const path of [
      "/",
      "/healthz",
      "/api/v1/session",
      "/api/v1/users",
      "/nowhere",
      "/docs/errors/ADMIN_CONFLICT",
    ]) {
      const { headers } = await root.call("GET", path);
      expect(headers.get("cache-control"), path).toBe("no-store");
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("content-security-policy"), path).toMatch(
        /default-src 'none';.*frame-ancestors 'none'/,
      );
      expect(headers.get("content-security-policy"), path).not.toMatch(/script-src[^;]*unsafe|https?:/);
      expect(headers.get("referrer-policy"), path).toBe("no-referrer");
      expect(headers.get("permissions-policy"), path).toContain("camera=()");
      expect(headers.get("cross-origin-opener-policy"), path).toBe("same-origin");
      expect(headers.get("cross-origin-resource-policy"), path).toBe("same-origin");
    }
  });

  it("no secret stands in the log, in the audit trail or on standard error", () => {
    const trail = redis
      .cli("--scan", "--pattern", "{sb}:audit:2*")
      .split("\n")
      .map((key) => redis.cli("lrange", key, "0", "-1"));
    const everything = JSON.stringify([scene.router.log, scene.router.stderr(), trail]);
    expect(everything).toContain("session.started");
    expect(everything).not.toMatch(/sb_(pat|imp|inv|set|loc)_[0-9a-z]/);
    expect(everything).not.toContain(PASSWORD);
    expect(everything).not.toMatch(/otpauth|csrf"/);
  });
});

/** Log-in by an identity provider: a real one on loopback, there and back. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { anIdentityProvider, CLIENT, logInThere, type IdentityProvider } from "../helpers/oidc.ts";
import { aBrowser, callAs, setUp, type Client } from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";

describeWithRedis("an identity provider", () => {
  let redis: TestRedis;
  let provider: IdentityProvider;
  let scene: Scene;
  let admin: string;
  let root: Client;

  beforeAll(async () => {
    [redis, provider] = await Promise.all([aRedis(), anIdentityProvider()]);
    scene = await aScene({
      redisUrl: redis.url,
      environment: {
        SIGNALBOX_OIDC_ISSUER: provider.issuer,
        SIGNALBOX_OIDC_CLIENT_ID: CLIENT.id,
        SIGNALBOX_OIDC_CLIENT_SECRET: CLIENT.secret,
        SIGNALBOX_OIDC_ROLES: "platform=admin,ops=operator",
      },
    });
    admin = scene.router.admin;
    root = await setUp(admin, scene.router.setup);
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await provider?.close();
    await redis?.close();
  });

  /** Goes to the provider, and comes back to where it sends the browser, without going there. */
  async function there(account: string): Promise<{ back: string; cookie: string }> {
    const start = await aBrowser(admin).call("GET", "/api/v1/oidc/start");
    expect(start.status).toBe(303);
    const cookie = start.headers.getSetCookie()[0]!;
    expect(cookie).toMatch(
      /^__Host-signalbox-oidc=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    const back = await logInThere(start.headers.get("location")!, account, admin);
    return { back, cookie: cookie.split(";", 1)[0]! };
  }

  interface Came {
    readonly client: Client;
    readonly status: number;
    readonly location: string | undefined;
    readonly json: { readonly code?: string; readonly detail?: string };
  }

  /** Follows the provider's link back to us, as a browser does. */
  async function thereAndBack(account: string): Promise<Came> {
    const { back, cookie } = await there(account);
    const navigation = { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const { status, text, location, cookies } = await callAs(back, navigation);
    const client = aBrowser(admin);
    client.cookie = cookies[0]?.split(";", 1)[0];
    if (status === 303) await client.refresh();
    return { client, status, location, json: text === "" ? {} : (JSON.parse(text) as Came["json"]) };
  }

  it("that does not answer is told as such, and asked again the next time", async () => {
    const start = await aBrowser(admin).call("GET", "/api/v1/oidc/start");
    expect(start).toMatchObject({ status: 503, json: { code: "ADMIN_OIDC_UNAVAILABLE" } });
    provider.open(`${admin}/api/v1/oidc/callback`);
    expect((await aBrowser(admin).call("GET", "/api/v1/session/ways")).json).toMatchObject({ oidc: true });
  });

  it("asks with PKCE, state and nonce, and lets a person in with the role that is mapped", async () => {
    provider.claims.set("sub-1", { preferred_username: "grace", roles: ["staff", "ops"] });
    const start = await aBrowser(admin).call("GET", "/api/v1/oidc/start");
    const asked = new URL(start.headers.get("location")!).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      client_id: CLIENT.id,
    });
    for (const name of ["state", "nonce", "code_challenge"])
      expect(asked.get(name)!.length).toBeGreaterThan(20);
    const { client, location } = await thereAndBack("sub-1");
    expect(location).toBe("/");
    expect((await client.refresh()).json).toMatchObject({ name: "grace", role: "operator", kind: "session" });
    const again = await thereAndBack("sub-1");
    expect(again.client.id).toBe(client.id);
    const shown = await root.call("GET", `/api/v1/users/${client.id}`);
    expect(shown.json).toMatchObject({ oidc: true, totp: false, invited: false });
    expect((await root.call("POST", `/api/v1/users/${client.id}/invite`)).status).toBe(409);
    const named = await aBrowser(admin).call("POST", "/api/v1/session", {
      name: "grace",
      password: "any password at all",
    });
    expect(named.status).toBe(401);
  });

  it("has the last word on roles: another one ends the sessions of the former", async () => {
    provider.claims.set("sub-2", { preferred_username: "ada", roles: "platform" });
    const first = await thereAndBack("sub-2");
    expect((await first.client.refresh()).json).toMatchObject({ role: "admin" });
    provider.claims.set("sub-2", { preferred_username: "ada", roles: ["ops"] });
    const second = await thereAndBack("sub-2");
    expect((await second.client.refresh()).json).toMatchObject({ role: "operator" });
    expect((await first.client.call("GET", "/api/v1/session")).status).toBe(401);
  });

  it("does not let in who has no role, who is blocked, and who bears another's name", async () => {
    provider.claims.set("sub-3", { preferred_username: "stranger", roles: ["staff"] });
    expect(await thereAndBack("sub-3")).toMatchObject({
      status: 403,
      json: { code: "ADMIN_OIDC_REFUSED" },
    });
    provider.claims.set("sub-4", { preferred_username: "ROOT", roles: ["platform"] });
    expect((await thereAndBack("sub-4")).json.detail).toContain("already called ROOT");
    const { client } = await thereAndBack("sub-1");
    await root.call("PATCH", `/api/v1/users/${client.id}`, { blocked: true });
    expect((await thereAndBack("sub-1")).json.detail).toContain("blocked");
    expect((await client.call("GET", "/api/v1/session")).status).toBe(401);
  });

  it("is believed only in the browser that began it, once, and with an answer that holds", async () => {
    const { back, cookie } = await there("sub-2");
    const visit = (url: string, sent: string) =>
      aBrowser(admin).call("GET", url, undefined, { cookie: sent });
    const elsewhere = await visit(back, "");
    expect(elsewhere).toMatchObject({ status: 403, json: { code: "ADMIN_OIDC_REFUSED" } });
    const other = await there("sub-2");
    expect((await visit(back, other.cookie)).status).toBe(403);
    const forged = new URL(other.back);
    forged.searchParams.set("code", "forged-4711");
    const refused = await visit(forged.href, other.cookie);
    expect(refused).toMatchObject({ status: 403, json: { detail: "The provider's answer does not hold." } });
    expect(JSON.stringify([refused.json, scene.router.log])).not.toContain("forged-4711");
    expect((await visit(back, cookie)).status).toBe(303);
    expect((await visit(back, cookie)).json.detail).toContain("came back twice");
  });
});

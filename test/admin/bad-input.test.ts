/** What people get wrong, by mistake or by delay: each is answered clearly, soon, and says what to do. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aHistory, DEAD, OK } from "../helpers/history.ts";
import { invite, logIn, PASSWORD, setUp, totpCode, type Client } from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

const EVENTS = 20_000;
const HOUR = 3_600_000;
/** An answer that a person waits for, on a machine that has other things to do. */
const SOON_MS = 15_000;

describeWithRedis("bad input", () => {
  let redis: TestRedis;
  let scene: Scene;
  let admin: string;
  let root: Client;
  let oldest = "";

  /** Events from three hours ago on; the last half hour's are still hot, the rest is sealed. */
  beforeAll(async () => {
    redis = await aRedis();
    const history = await aHistory({ url: redis.url }, {}, -3 * HOUR);
    for (let nth = 0; nth < EVENTS; nth += 100) {
      const made = await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          history.accept({
            type: at % 2 === 0 ? "push" : "issues",
            body: { number: nth + at, text: "the same in each" },
            event: { tags: { kind: "all" } },
          }),
        ),
      );
      oldest ||= made[0]!.event.context.id;
      await Promise.all(
        made.map(({ deliveries }, at) => history.attempt(deliveries[0]!.id, at % 50 === 0 ? DEAD : OK)),
      );
      history.pass((2.5 * HOUR) / (EVENTS / 100));
    }
    await history.history.seal();
    history.close();
    scene = await aScene({ redisUrl: redis.url });
    admin = scene.router.admin;
    root = await setUp(admin, scene.router.setup);
  }, 180_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  it("filters that match everything, or nothing, are answered soon and page by page", async () => {
    for (const query of [
      "",
      "tag=kind:all",
      "type=push",
      "source=github&target=api",
      "code=FORWARD_STATUS_REFUSED",
      "tag=kind:none",
      "providerId=nobody",
      "from=2001-01-01T00:00:00Z",
    ]) {
      for (const list of ["events", "deliveries", "attempts"]) {
        const begun = Date.now();
        const { status, json } = await root.call("GET", `/api/v1/${list}?limit=100&${query}`);
        expect(status, `${list}?${query}: ${json.detail}`).toBe(200);
        expect(json.items!.length).toBeLessThanOrEqual(100);
        expect(Date.now() - begun, `${list}?${query}`).toBeLessThan(SOON_MS);
      }
    }
    const everything = await root.call("GET", "/api/v1/events?tag=kind:all&limit=100");
    expect(everything.json.items).toHaveLength(100);
    expect(everything.json["next"]).toBeDefined();
  }, 60_000);

  it("a replay of everything says how many that would be, or from where on it was not counted", async () => {
    const begun = Date.now();
    const { status, json } = await root.call("POST", "/api/v1/replays/preview", {
      ...{ filter: { source: "github", state: "delivered" }, ratePerSecond: 100 },
    });
    expect(status).toBe(200);
    const count = Number(json["count"]);
    if (json["complete"] === true) expect(count).toBe(EVENTS - EVENTS / 50);
    else expect(count).toBeGreaterThan(1_000);
    expect(Date.now() - begun).toBeLessThan(SOON_MS);
    expect((json["sample"] as unknown[]).length).toBeLessThanOrEqual(20);
  });

  it("a search that everything fits streams a page of hits and how to go on; one that nothing fits comes to its end", async () => {
    for (const [value, hits] of [
      ["the same in each", 50],
      ["nothing", 0],
    ] as const) {
      const begun = Date.now();
      const response = await scene.router.ask(
        `/api/v1/search?${new URLSearchParams({ path: "text", value, limit: "50" }).toString()}`,
      );
      const text = await response.text();
      expect(text.match(/^event: hit$/gm)?.length ?? 0).toBe(hits);
      expect(text).toMatch(/^event: done$/m);
      expect(Date.now() - begun, value).toBeLessThan(2 * SOON_MS);
    }
  }, 30_000);

  it("a token in an address is refused before anything else, and not repeated in the answer", async () => {
    const { json } = await root.call("POST", "/api/v1/tokens", { name: "ci", scopes: ["read"] });
    const token = String(json["token"]);
    for (const path of [`/api/v1/events?token=${token}`, `/api/v1/overview?access_token=${token}`]) {
      const answer = await root.call("GET", path);
      expect(answer).toMatchObject({ status: 400, json: { code: "ADMIN_TOKEN_IN_URL" } });
      expect(JSON.stringify(answer.json)).not.toContain(token);
      expect(String(answer.json["fix"])).toMatch(/authorization/i);
    }
    expect(JSON.stringify(scene.router.log)).not.toContain(token);
  });

  it("a token that was revoked, or whose time is over, says which of the two", async () => {
    const made = async (wish: object) =>
      (await root.call("POST", "/api/v1/tokens", { name: "old", scopes: ["read"], ...wish })).json;
    const by = (token: unknown) =>
      root.call("GET", "/api/v1/events?limit=1", undefined, {
        cookie: "",
        authorization: `Bearer ${String(token)}`,
      });
    const revoked = await made({});
    expect((await by(revoked["token"])).status).toBe(200);
    expect((await root.call("DELETE", `/api/v1/tokens/${String(revoked["id"])}`)).status).toBe(204);
    expect(await by(revoked["token"])).toMatchObject({
      status: 401,
      json: { detail: "The token is revoked." },
    });
    const brief = await made({ expires_at: new Date(Date.now() + 1_500).toISOString() });
    expect((await by(brief["token"])).status).toBe(200);
    const over = await until("its time is over", async () => {
      const answer = await by(brief["token"]);
      return answer.status === 401 && answer;
    });
    expect(over.json.detail).toBe("The token has expired.");
  });

  it("what belongs to another is not there, and is the same as what never was", async () => {
    const [ada, bob] = [
      await invite(admin, root, "ada", "operator"),
      await invite(admin, root, "bob", "operator"),
    ];
    const made = await ada.call("POST", "/api/v1/tokens", { name: "mine", scopes: ["read"] });
    const never = await bob.call("DELETE", "/api/v1/tokens/tok_00000000000000000000000000");
    const hers = await bob.call("DELETE", `/api/v1/tokens/${String(made.json["id"])}`);
    expect(never).toMatchObject({ status: 404, json: { code: "ADMIN_NAME_UNKNOWN" } });
    expect(hers.json).toEqual(never.json);
    expect((await bob.call("GET", "/api/v1/tokens")).json.items).toEqual([]);
    const path = `/api/v1/users/${ada.id}/impersonation_tokens`;
    const acting = await root.call("POST", path, { name: "help", reason: "she asked", scopes: ["read"] });
    const id = String(acting.json["id"]);
    expect((await root.call("GET", `/api/v1/users/${bob.id}/impersonation_tokens/${id}`)).status).toBe(404);
    expect((await root.call("DELETE", `/api/v1/users/${bob.id}/impersonation_tokens/${id}`)).status).toBe(
      404,
    );
    for (const method of ["GET", "POST"])
      expect((await bob.call(method, path, method === "POST" ? {} : undefined)).status).toBe(403);
    expect((await root.call("GET", `${path}/${id}`)).json).toMatchObject({ active: true });
  });

  it("a code of a clock that goes wrong is told by how much, with the right password alone", async () => {
    const eve = await invite(admin, root, "eve", "operator");
    const secret = String((await eve.call("POST", "/api/v1/me/totp", {})).json["secret"]);
    expect(
      (await eve.call("POST", "/api/v1/me/totp/confirm", { code: totpCode(secret, Date.now()) })).status,
    ).toBe(204);
    const behind = totpCode(secret, Date.now() - 240_000);
    const skewed = (await logIn(admin, "eve", PASSWORD, { totp: behind })).answer;
    expect(skewed).toMatchObject({ status: 401, json: { code: "ADMIN_TOTP_WRONG" } });
    expect(skewed.json.detail).toMatch(/clock about (210|240|270) s behind ours/);
    expect((await logIn(admin, "eve", "wrong password", { totp: behind })).answer.json.detail).not.toMatch(
      /clock/,
    );
  });

  it("of two who pause a target at once, both are told the one pause that stands, with who and why", async () => {
    const both = await Promise.all(
      ["first", "second"].map((reason) => root.call("POST", "/api/v1/targets/api/pause", { reason })),
    );
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[0]!.json).toEqual(both[1]!.json);
    expect(both[0]!.json["reason"]).toMatch(/^(first|second)$/);
    const ended = await Promise.all([1, 2].map(() => root.call("POST", "/api/v1/targets/api/resume")));
    expect(ended.map(({ status }) => status)).toEqual([200, 200]);
    expect((await root.call("GET", "/api/v1/targets/api")).json["paused"]).toBeUndefined();
    // The trail keeps what each of the two had in mind.
    const trail = await root.call("GET", "/api/v1/audit?action=target.paused&on=api");
    expect(trail.json.items!.map(({ detail }) => detail).sort()).toEqual(["first", "second"]);
  });

  it("of two who end and go on with a replay at once, one is told what it has become", async () => {
    const begun = await root.call("POST", "/api/v1/replays", {
      ...{ filter: { state: "dead" }, reason: "again", ratePerSecond: 0.1 },
    });
    const path = `/api/v1/replays/${String(begun.json["id"])}`;
    expect((await root.call("POST", `${path}/pause`)).json).toMatchObject({ state: "paused" });
    const [cancelled, resumed] = await Promise.all([
      root.call("POST", `${path}/cancel`),
      root.call("POST", `${path}/resume`),
    ]);
    expect(cancelled.status).toBe(200);
    if (resumed.status === 409)
      expect(resumed.json).toMatchObject({
        code: "ADMIN_CONFLICT",
        detail: expect.stringMatching(/is cancelled\.$/) as string,
      });
    else expect(resumed.status).toBe(200);
    expect((await root.call("GET", path)).json).toMatchObject({ state: "cancelled" });
  });

  it("a person whom two remove at once is removed once, and the last admin by nobody", async () => {
    const gone = await invite(admin, root, "gone", "viewer");
    const both = await Promise.all([1, 2].map(() => root.call("DELETE", `/api/v1/users/${gone.id}`)));
    expect(both.map(({ status }) => status).sort()).toEqual([204, 404]);
    const alone = await root.call("DELETE", `/api/v1/users/${root.id}`);
    expect(alone).toMatchObject({ status: 409, json: { code: "ADMIN_LAST_ADMIN" } });
    expect(String(alone.json["fix"])).not.toBe("");
  });

  it("a cursor of another filter or another list is stale, and says to begin again", async () => {
    const { json } = await root.call("GET", "/api/v1/events?limit=1&type=push");
    const cursor = encodeURIComponent(String(json["next"]));
    for (const path of [
      `events?limit=1&type=issues&cursor=${cursor}`,
      `deliveries?type=push&cursor=${cursor}`,
      `attempts?cursor=${cursor}`,
    ]) {
      const answer = await root.call("GET", `/api/v1/${path}`);
      expect(answer, path).toMatchObject({ status: 410, json: { code: "ADMIN_CURSOR_STALE" } });
      expect(`${answer.json.detail} ${String(answer.json["fix"])}`).toMatch(/first page/);
    }
    expect((await root.call("GET", `/api/v1/events?limit=5&type=push&cursor=${cursor}`)).status).toBe(200);
  });

  it("what the retention took is told as gone: the cursor into it, the event, its replay, the playground", async () => {
    expect((await root.call("GET", `/api/v1/events/${oldest}`)).status).toBe(200);
    const deep = await root.call("GET", "/api/v1/events?limit=1000");
    let next = String(deep.json["next"]);
    for (let page = 0; page < 17; page++)
      next = String((await root.call("GET", `/api/v1/events?limit=1000&cursor=${next}`)).json["next"]);
    await scene.router.end();
    const again = await scene.start({ SIGNALBOX_HISTORY_HOURS: "0.6" });
    admin = again.admin;
    ({ client: root } = await logIn(admin, "root"));
    await until(
      "the old have left",
      async () => (await root.call("GET", `/api/v1/events/${oldest}`)).status === 404,
      { withinMs: 40_000, everyMs: 250 },
    );
    const stale = await root.call("GET", `/api/v1/events?limit=1000&cursor=${next}`);
    expect(stale).toMatchObject({ status: 410, json: { code: "ADMIN_CURSOR_STALE" } });
    expect(stale.json.detail).toMatch(/has left the history\. Start again from the first page\./);
    for (const [method, path, body] of [
      ["GET", `events/${oldest}`, undefined],
      ["POST", `events/${oldest}/replay`, {}],
      ["POST", `events/${oldest}/preview`, {}],
      ["POST", "playground", { rule: "$", event: oldest }],
    ] as const) {
      const answer = await root.call(method, `/api/v1/${path}`, body);
      expect(answer, path).toMatchObject({ status: 404, json: { code: "ADMIN_EVENT_UNKNOWN" } });
      expect(String(answer.json["fix"])).toMatch(/left the history/);
    }
    const delivery = `dlv_${oldest.slice(4)}00000000`;
    expect((await root.call("GET", `/api/v1/deliveries/${delivery}`)).json.code).toBe(
      "ADMIN_DELIVERY_UNKNOWN",
    );
    expect(
      (await root.call("POST", `/api/v1/deliveries/${delivery}/discard`, { reason: "gone" })).status,
    ).toBe(404);
  }, 90_000);
});

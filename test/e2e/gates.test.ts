/** Gates: what is held, who may let it pass, and that exactly what was approved is sent, once. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { aGatedScene, gatedRoute, quiet, RULE, type Gated } from "../helpers/gated.ts";
import { post } from "../helpers/github.ts";
import { aBrowser, invite } from "../helpers/people.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const FILES = {
  "targets/api.yaml":
    "url: ${TARGET}/api?key=${KEY}\nauth: { type: bearer, token: '${KEY}' }\nheaders: { x-team: core }\n" +
    "timeoutSeconds: 2\nretry: { attempts: 5, firstDelaySeconds: 0.2, maxDelaySeconds: 2 }\n",
};

describeWithRedis("a gate", () => {
  let gated: Gated;
  let nth = 100;
  const order = (): { order: number; amount: number; sender: string } => ({
    order: nth++,
    amount: 5_000,
    sender: "carl",
  });
  const arrivals = (number: number): { headers: Readonly<Record<string, string>>; json: unknown }[] =>
    gated.scene.target.arrivals.filter(({ json }) => (json as { order: number }).order === number);

  beforeAll(async () => {
    gated = await aGatedScene(
      '{ when: "$result.amount > 1000", causedBy: sender, show: \'{ "who": sender, "amount": $result.amount }\' }',
      { ...FILES, ".env": "KEY=a-s3cr3t-key\n" },
    );
  }, 90_000);
  afterAll(() => gated?.close());

  it("lets pass what its `when` says is harmless, and holds the rest with what would be sent", async () => {
    const small = { ...order(), amount: 10 };
    await post(gated.scene.router.hooks, { body: JSON.stringify(small) });
    await until("the small one arrives", () => arrivals(small.order).length === 1);

    const large = order();
    const hold = await gated.held(large);
    expect(hold).toMatchObject({
      state: "waiting",
      route: "everything",
      target: "api",
      needed: 1,
      approvals: [],
      causedBy: ["carl"],
      show: { who: "carl", amount: 5_000 },
      why: "The gate of route `everything` holds it: $result.amount > 1000",
      result: { order: large.order, amount: 5_000, by: "carl" },
    });
    expect(hold.request).toMatchObject({
      method: "POST",
      url: expect.stringMatching(/\/api\?key=\[removed\]$/),
      body: JSON.stringify({ order: large.order, amount: 5_000, by: "carl" }),
    });
    expect(Object.keys(hold.request.headers).sort()).toEqual([
      "accept",
      "content-type",
      "user-agent",
      "x-team",
    ]);
    expect(JSON.stringify(hold)).not.toContain("s3cr3t");
    expect(await gated.state(hold.delivery)).toBe("held");
    const listed = await gated.root.call("GET", "/api/v1/deliveries?state=held");
    expect(listed.json.items?.map(({ id }) => id)).toContain(hold.delivery);
    expect(listed.json.items?.[0]?.["hold"]).toBe(hold.id);
    const overview = await gated.root.call("GET", "/api/v1/overview");
    const balance = overview.json["balance"] as { balanced: boolean; hours: { held: number }[] };
    expect(balance.balanced).toBe(true);
    expect(balance.hours.reduce((sum, { held }) => sum + held, 0)).toBe(1);
    await quiet();
    expect(arrivals(large.order)).toEqual([]);

    expect((await gated.say(gated.ann, "approve", hold.id, { hash: hold.hash })).status).toBe(200);
    const [arrival] = await until(
      "it arrives",
      () => arrivals(large.order).length > 0 && arrivals(large.order),
    );
    expect(arrival?.json).toEqual(hold.result);
    expect(arrival?.headers["authorization"]).toBe("Bearer a-s3cr3t-key");
    expect(arrival?.headers["webhook-id"]).toBe(hold.delivery);
    expect(
      await until("it is delivered", async () => (await gated.state(hold.delivery)) === "delivered"),
    ).toBe(true);
    expect(arrivals(large.order)).toHaveLength(1);
    const log = gated.scene.router.log.map((line) => JSON.stringify(line)).join("\n");
    expect(log).toContain("delivery.held");
    expect(log).toContain("hold.decided");
    expect(log + (await gated.root.call("GET", "/api/v1/audit")).json).not.toContain("s3cr3t");
  }, 30_000);

  it("asks once: retries of what was approved go out without asking again", async () => {
    gated.scene.target.answer = (arrival, response, at) => status(at < 3 ? 503 : 200)(arrival, response, at);
    const sent = order();
    const hold = await gated.held(sent);
    await gated.say(gated.ann, "approve", hold.id);
    await until("it is delivered", async () => (await gated.state(hold.delivery)) === "delivered");
    expect(arrivals(sent.order)).toHaveLength(3);
    expect(new Set(arrivals(sent.order).map(({ json }) => JSON.stringify(json))).size).toBe(1);
    gated.scene.target.answer = status(200);
  }, 30_000);

  it("says the same again with 200, and the opposite with 409, who and when", async () => {
    const hold = await gated.held(order());
    const first = await gated.say(gated.ann, "reject", hold.id, { reason: "a duplicate" });
    expect(first.json).toMatchObject({
      state: "rejected",
      decided: { by: "ann", reason: "a duplicate", how: "session" },
    });
    const again = await gated.say(gated.ben, "reject", hold.id);
    expect(again.status).toBe(200);
    expect(again.json["decided"]).toMatchObject({ by: "ann" });
    const opposite = await gated.say(gated.ben, "approve", hold.id);
    expect(opposite).toMatchObject({ status: 409, json: { code: "ADMIN_HOLD_DECIDED" } });
    expect(opposite.json.detail).toMatch(/was rejected by ann at 20\d\d-/);
    const { json } = await gated.root.call("GET", `/api/v1/deliveries/${hold.delivery}`);
    expect(json).toMatchObject({ state: "discarded", discarded: { by: "ann", reason: "a duplicate" } });
    await quiet();
    expect(arrivals((hold.result as { order: number }).order)).toEqual([]);
    const audit = await gated.root.call("GET", `/api/v1/audit?action=hold&on=${hold.id}`);
    expect(audit.json.items?.map(({ action, author, status: code }) => [action, author, code])).toEqual([
      ["hold.approved", "ben", 409],
      ["hold.rejected", "ben", 200],
      ["hold.rejected", "ann", 200],
    ]);
  }, 30_000);

  it("lets one of two decide who say the opposite at once, however often they try", async () => {
    const ids: string[] = [];
    for (let turn = 0; turn < 15; turn++) {
      const sent = order();
      const hold = await gated.held(sent);
      const answers = await Promise.all([
        gated.say(gated.ann, "approve", hold.id),
        gated.say(gated.ben, "reject", hold.id),
        gated.say(gated.root, turn % 2 === 0 ? "approve" : "reject", hold.id),
      ]);
      const after = await gated.hold(hold.id);
      const said = ["approved", "rejected", turn % 2 === 0 ? "approved" : "rejected"];
      expect(answers.map(({ status: code }) => code)).toEqual(
        said.map((one) => (one === after.state ? 200 : 409)),
      );
      await until("it comes to its end", async () =>
        ["delivered", "discarded"].includes(await gated.state(hold.delivery)),
      );
      expect(arrivals(sent.order)).toHaveLength(after.state === "approved" ? 1 : 0);
      ids.push(after.state);
    }
    expect(await gated.waiting()).toEqual([]);
  }, 60_000);

  it("refuses who caused it, who acts as somebody else, who may only look, and who has a token for looking", async () => {
    const { scene, root, ann } = gated;
    const { admin } = scene.router;
    const hold = await gated.held(order());
    const carl = await invite(admin, root, "carl", "operator");
    const self = await gated.say(carl, "approve", hold.id);
    expect(self).toMatchObject({ status: 403, json: { code: "ADMIN_REVIEWER_REFUSED" } });
    expect(self.json.detail).toContain("carl caused it");
    expect((await gated.hold(hold.id, carl)).refusal).toContain("carl caused it");
    const viewer = await invite(admin, root, "vera", "viewer");
    expect((await gated.say(viewer, "approve", hold.id)).status).toBe(403);
    const wish = { name: "as ann", scopes: ["read", "operate"], reason: "ticket 1" };
    const made = await root.call("POST", `/api/v1/users/${ann.id}/impersonation_tokens`, wish);
    const as = { authorization: `Bearer ${String(made.json["token"])}` };
    const acting = await aBrowser(admin).call("POST", `/api/v1/holds/${hold.id}/approve`, {}, as);
    expect(acting).toMatchObject({ status: 403, json: { code: "ADMIN_REVIEWER_REFUSED" } });
    const pat = await ann.call("POST", "/api/v1/tokens", { name: "look", scopes: ["read"] });
    const looking = { authorization: `Bearer ${String(pat.json["token"])}` };
    const looked = await aBrowser(admin).call("POST", `/api/v1/holds/${hold.id}/reject`, {}, looking);
    expect(looked).toMatchObject({ status: 403, json: { code: "ADMIN_SCOPE_MISSING" } });
    expect((await gated.hold(hold.id)).state).toBe("waiting");

    // Whoever replays has caused it.
    expect((await ann.call("POST", `/api/v1/deliveries/${hold.delivery}/replay`)).status).toBe(202);
    expect(
      await until("the first is over", async () => (await gated.hold(hold.id)).state !== "waiting"),
    ).toBe(true);
    expect(await gated.hold(hold.id)).toMatchObject({
      state: "cancelled",
      ended: { why: "The delivery was replayed." },
    });
    const [next] = await until("it is held again", async () => {
      const found = (await gated.waiting()).filter(({ delivery }) => delivery === hold.delivery);
      return found.length === 1 && found;
    });
    expect(next?.causedBy).toEqual(["ann", "carl"]);
    expect((await gated.say(ann, "approve", next!.id)).status).toBe(403);
    expect((await gated.say(gated.ben, "approve", next!.id)).status).toBe(200);
    await until("it is delivered", async () => (await gated.state(hold.delivery)) === "delivered");
  }, 60_000);

  it("sends what was edited, under another hash, and keeps both", async () => {
    const sent = order();
    const hold = await gated.held(sent);
    const wrong = await gated.say(gated.ann, "edit", hold.id, { result: { amount: 1 } });
    expect(wrong).toMatchObject({ status: 400, json: { code: "ADMIN_BODY_INVALID" } });
    expect(wrong.json.detail).toContain("schema `order`");
    const result = { order: sent.order, amount: 900, by: "carl" };
    const edited = await gated.say(gated.ann, "edit", hold.id, {
      hash: hold.hash,
      result,
      reason: "too much",
    });
    expect(edited).toMatchObject({ status: 200, json: { state: "approved", edited: { by: "ann" }, result } });
    expect(edited.json["hash"]).not.toBe(hold.hash);
    expect(edited.json["before"]).toMatchObject({ hash: hold.hash, result: { amount: 5_000 } });
    await until("it is delivered", async () => (await gated.state(hold.delivery)) === "delivered");
    expect(arrivals(sent.order).map(({ json }) => json)).toEqual([result]);
    const stale = await gated.say(gated.ben, "approve", hold.id, { hash: hold.hash });
    expect(stale.status).toBe(409);
  }, 30_000);

  it("refuses a decision on what is not there any more, and an id that is none", async () => {
    const hold = await gated.held(order());
    const other = await gated.say(gated.ann, "approve", hold.id, { hash: "0".repeat(64) });
    expect(other).toMatchObject({ status: 409, json: { code: "ADMIN_HOLD_CHANGED" } });
    expect((await gated.say(gated.ann, "approve", hold.id, { hash: "short" })).status).toBe(400);
    for (const id of ["hld_00000000000000000000000000", "nonsense", "hld_*"])
      expect((await gated.say(gated.ann, "approve", encodeURIComponent(id))).status).toBe(404);
    await gated.ann.call("POST", `/api/v1/deliveries/${hold.delivery}/discard`, { reason: "not wanted" });
    expect((await gated.hold(hold.id)).state).toBe("cancelled");
    expect((await gated.say(gated.ann, "approve", hold.id)).json.detail).toContain("was discarded");
  }, 30_000);

  it("takes many at once if they are as many as were seen, and nothing otherwise", async () => {
    const holds = [await gated.held(order()), await gated.held(order()), await gated.held(order())];
    const decide = (expectedCount: number) =>
      gated.ann.call("POST", "/api/v1/holds/decide", {
        decision: "approve",
        filter: { route: "everything" },
        expectedCount,
      });
    for (const count of [2, 4])
      expect(await decide(count)).toMatchObject({ status: 409, json: { code: "ADMIN_CONFLICT" } });
    expect(await gated.waiting()).toHaveLength(3);
    expect((await decide(3)).json).toEqual({ decided: 3, left: [] });
    for (const { id } of holds) {
      const audit = await gated.root.call("GET", `/api/v1/audit?on=${id}`);
      expect(audit.json.items).toMatchObject([{ action: "hold.approved", author: "ann" }]);
    }
    for (const { delivery } of holds)
      await until("it is delivered", async () => (await gated.state(delivery)) === "delivered");
  }, 30_000);

  it("pages through what waited, newest first", async () => {
    const all = (await gated.root.call("GET", "/api/v1/holds?limit=1000")).json.items!.map(({ id }) => id);
    const seen: unknown[] = [];
    let cursor = "";
    for (let page = 0; page < 50; page++) {
      const { json } = await gated.root.call("GET", `/api/v1/holds?limit=4${cursor}`);
      seen.push(...json.items!.map(({ id }) => id));
      if (json["next"] === undefined) break;
      cursor = `&cursor=${String(json["next"])}`;
    }
    expect(seen).toEqual(all);
    expect([...all].sort().reverse()).toEqual(all);
    expect((await gated.root.call("GET", "/api/v1/holds?cursor=x")).status).toBe(410);
    expect((await gated.root.call("GET", "/api/v1/holds?state=strange")).status).toBe(400);
  });

  it("is decided from the command line as well", async () => {
    const { scene } = gated;
    const environment = { SIGNALBOX_DATA_DIR: scene.dataDir, SIGNALBOX_DIR: scene.dir };
    const hold = await gated.held(order());
    const other = await gated.held(order());
    const listed = await run(["holds", "--json"], environment);
    expect((JSON.parse(listed.stdout) as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual([
      other.id,
      hold.id,
    ]);
    expect((await run(["holds"], environment)).stdout).toContain(
      `${hold.id}  everything → api  waiting  0/1`,
    );
    const one = await run(["holds", hold.id], environment);
    expect(one.stdout).toContain("caused by carl");
    expect(one.stdout).toContain("POST ");
    const approved = await run(["approve", hold.id, "--reason", "seen", "--json"], environment);
    expect(approved.code).toBe(0);
    expect(JSON.parse(approved.stdout)).toMatchObject({
      state: "approved",
      decided: { by: "local", reason: "seen" },
    });
    const rejected = await run(["reject", hold.id], environment);
    expect([rejected.code, rejected.stderr]).toEqual([1, expect.stringContaining("ADMIN_HOLD_DECIDED")]);
    expect((await run(["reject", "--route", "everything"], environment)).code).toBe(2);
    expect((await run(["reject", "--expect", "2"], environment)).code).toBe(1);
    const many = await run(["reject", "--expect", "1", "--reason", "over"], environment);
    expect([many.code, many.stdout]).toEqual([0, "1 of 1 are decided.\n"]);
    const edited = await gated.held(order());
    const file = join(scene.dataDir, "edited.json");
    await writeFile(file, JSON.stringify({ order: 7 }));
    expect((await run(["approve", edited.id, "--result", file], environment)).code).toBe(0);
    await until("the edited one arrives", () => arrivals(7).length === 1);
  }, 60_000);

  it("voids an approval when the rule makes another request by then, and says why", async () => {
    const { scene } = gated;
    scene.target.answer = status(503);
    const sent = order();
    const hold = await gated.held(sent);
    await gated.say(gated.ann, "approve", hold.id);
    await until("an attempt failed", () => arrivals(sent.order).length > 0);
    await scene.router.end();
    await writeFile(
      join(scene.dir, "transforms/order.jsonata"),
      RULE.replace('"amount": amount', '"amount": amount * 2'),
    );
    scene.target.answer = status(200);
    const before = arrivals(sent.order).length;
    const router = await scene.start();
    const ask = async (path: string): Promise<Record<string, unknown>> =>
      (await (await router.ask(`/api/v1${path}`)).json()) as Record<string, unknown>;
    const old = await until(
      "the first hold is superseded",
      async () => {
        const now = await ask(`/holds/${hold.id}`);
        return now["state"] === "superseded" && now;
      },
      { withinMs: 30_000 },
    );
    expect(old["ended"]).toMatchObject({
      why: expect.stringMatching(/another request now: body\. The approval was of/),
    });
    const next = await ask(`/holds/${String(old["replacedBy"])}`);
    expect(next).toMatchObject({ state: "waiting", replaces: hold.id, result: { amount: 10_000 } });
    await quiet();
    expect(arrivals(sent.order)).toHaveLength(before);
    const approved = await router.ask(`/api/v1/holds/${String(next["id"])}/approve`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(approved.status).toBe(200);
    await until("it arrives", () => arrivals(sent.order).length === before + 1);
    expect(arrivals(sent.order).at(-1)?.json).toMatchObject({ amount: 10_000 });
  }, 90_000);
});

describeWithRedis("a gate's people and time", () => {
  let gated: Gated;
  let nth = 1;
  const deliveries = (route: string) => gated.waiting(route);
  const gates = {
    two: "{ approvals: 2, reviewers: [ann, ben, root] }",
    admins: "{ reviewers: [admin] }",
    rejects: "{ timeout: 1 }",
    passes: "{ timeout: 1s, onTimeout: approve }",
    keeps: "{ timeout: 1s, onTimeout: keep }",
    told: "{ notify: api, reviewers: [ann], show: '{ \"from\": sender }' }",
    broken: "{ when: '$number(sender)' }",
  };

  beforeAll(async () => {
    const routes = Object.entries(gates).map(([name, gate]) => [
      `routes/${name}.yaml`,
      `${gatedRoute(gate)}on: ["${name}"]\n`,
    ]);
    gated = await aGatedScene("{}", { "routes/everything.yaml": "", ...Object.fromEntries(routes) });
  }, 90_000);
  afterAll(() => gated?.close());

  const send = async (type: string): Promise<string> => {
    const body = JSON.stringify({ order: nth++, sender: "dora" });
    return (await post(gated.scene.router.hooks, { type, body })).json.deliveries![0]!;
  };
  const holdOf = (route: string, delivery: string) =>
    until("it is held", async () => (await deliveries(route)).find((one) => one.delivery === delivery));
  const arrived = (delivery: string): number =>
    gated.scene.target.arrivals.filter(({ headers }) => headers["webhook-id"] === delivery).length;

  it("wants as many people as it says, each counted once, and stops at one rejection", async () => {
    const delivery = await send("two");
    const { id } = await holdOf("two", delivery);
    expect((await gated.say(gated.ann, "approve", id)).json).toMatchObject({
      state: "waiting",
      approvals: [{ by: "ann" }],
    });
    expect((await gated.say(gated.ann, "approve", id)).json["approvals"]).toHaveLength(1);
    await quiet();
    expect(arrived(delivery)).toBe(0);
    expect((await gated.say(gated.ben, "approve", id)).json).toMatchObject({
      state: "approved",
      approvals: [{}, {}],
    });
    await until("it arrives", () => arrived(delivery) === 1);

    const other = await send("two");
    const next = await holdOf("two", other);
    await gated.say(gated.ann, "approve", next.id);
    // An edit makes it another request: whoever approved the first has not approved this.
    const edited = await gated.say(gated.ben, "edit", next.id, { result: { order: 1_000 } });
    expect(edited.json).toMatchObject({ state: "waiting", approvals: [{ by: "ben" }] });
    expect((await gated.say(gated.ann, "reject", next.id)).json).toMatchObject({ state: "rejected" });
    expect(arrived(other)).toBe(0);
  }, 30_000);

  it("is for those whom it names: a role is that or more", async () => {
    const delivery = await send("admins");
    const { id } = await holdOf("admins", delivery);
    const refused = await gated.say(gated.ann, "approve", id);
    expect([refused.status, refused.json.detail]).toEqual([403, "ann is none of its reviewers: admin."]);
    expect((await gated.say(gated.root, "approve", id)).status).toBe(200);
    await until("it arrives", () => arrived(delivery) === 1);
  }, 30_000);

  it("is given up, sent or kept when its time is up, as the gate says", async () => {
    const [rejects, passes, keeps] = [await send("rejects"), await send("passes"), await send("keeps")];
    const kept = await holdOf("keeps", keeps);
    const state = (delivery: string) => gated.state(delivery);
    await until("the one is given up", async () => (await state(rejects)) === "discarded");
    await until("the other is sent", async () => (await state(passes)) === "delivered");
    const overdue = await until("the third is overdue", async () => {
      const hold = await gated.hold(kept.id);
      return hold.overdue === true && hold;
    });
    expect(overdue.state).toBe("waiting");
    const { json } = await gated.root.call("GET", `/api/v1/deliveries/${rejects}`);
    expect(json["discarded"]).toMatchObject({
      reason: "Nobody decided within 1 s, as the gate of route `rejects` allows.",
    });
    expect([arrived(rejects), arrived(passes), arrived(keeps)]).toEqual([0, 1, 0]);
    const ended = await gated.root.call("GET", "/api/v1/holds?route=rejects");
    expect(ended.json.items?.[0]).toMatchObject({ state: "expired", decided: { how: "timeout" } });
    const late = await gated.say(gated.ann, "approve", String(ended.json.items?.[0]?.["id"]));
    expect(late).toMatchObject({ status: 409, json: { code: "ADMIN_HOLD_DECIDED" } });
    expect((await gated.say(gated.ann, "approve", kept.id)).status).toBe(200);
    await until("what was kept arrives", () => arrived(keeps) === 1);
  }, 30_000);

  it("ends once when somebody decides at the instant at which the time is up", async () => {
    const words = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const delivery = await send("rejects");
        const { id, expiresAt } = await holdOf("rejects", delivery);
        const wait = Date.parse(expiresAt!) - Date.now() - 10 + at;
        await quiet(Math.max(0, wait));
        const { status: code } = await gated.say(gated.ann, "approve", id);
        const end = await until("it ended", async () => {
          const { state } = await gated.hold(id);
          return state !== "waiting" && state;
        });
        expect([code, end]).toEqual(code === 200 ? [200, "approved"] : [409, "expired"]);
        const last = code === 200 ? "delivered" : "discarded";
        await until(`it is ${last}`, async () => (await gated.state(delivery)) === last);
        expect(arrived(delivery)).toBe(code === 200 ? 1 : 0);
        return end;
      }),
    );
    expect(words.length).toBe(20);
  }, 60_000);

  it("tells the target that is to be told, once, and nothing that is to be approved", async () => {
    const delivery = await send("told");
    const hold = await holdOf("told", delivery);
    const told = await until("it is told", () =>
      gated.scene.target.arrivals.find(({ json }) => (json as { subject?: string }).subject === hold.id),
    );
    expect(told.json).toMatchObject({
      ...{ type: "hold.created", hold: hold.id, delivery, route: "told", target: "api", approvals: 1 },
      ...{ reviewers: ["ann"], show: { from: "dora" } },
    });
    expect(told.body).not.toContain('"order"');
    const { json } = await gated.root.call("GET", "/api/v1/deliveries?route=told--notify");
    expect(json.items).toMatchObject([{ source: "signalbox", type: "hold.created", target: "api" }]);
    await until(
      "that is delivered",
      async () => (await gated.state(String(json.items?.[0]?.["id"]))) === "delivered",
    );
    expect((await gated.root.call("GET", "/api/v1/overview")).status).toBe(200);
    expect((await post(gated.scene.router.hooks, { body: "{}" }, "signalbox")).status).toBe(404);
  }, 30_000);

  it("sends nothing where it cannot be judged: a dead letter says what failed", async () => {
    const delivery = await send("broken");
    await until("it is dead", async () => (await gated.state(delivery)) === "dead");
    const { json } = await gated.root.call("GET", `/api/v1/deliveries/${delivery}`);
    expect(json).toMatchObject({ code: "GATE_FAILED" });
    expect(JSON.stringify(json)).toContain("The `when` of the gate of route `broken` failed");
    expect(arrived(delivery)).toBe(0);
  }, 30_000);
});

/** Links by which people decide: bound, sealed, used once, and dead with whoever may not decide any more. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aGatedScene, type Gated } from "../helpers/gated.ts";
import { invite, type Client } from "../helpers/people.ts";
import { describeWithRedis } from "../helpers/require.ts";

describeWithRedis("a link to a hold", () => {
  let gated: Gated;
  beforeAll(async () => {
    gated = await aGatedScene("{ approvals: 2 }");
  }, 90_000);
  afterAll(() => gated?.close());

  const linkOf = async (who: Client, id: string): Promise<string> => {
    const made = await who.call("POST", `/api/v1/holds/${id}/link`, {});
    expect(made.status).toBe(200);
    return String(made.json["url"]);
  };
  const use = async (url: string, decision = "approve"): Promise<{ status: number; text: string }> => {
    const response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ decision, reason: "by link" }),
    });
    return { status: response.status, text: await response.text() };
  };

  it("decides by POST alone, as the one who made it, and once", async () => {
    const { id } = await gated.held({ order: 1 });
    const url = await linkOf(gated.ann, id);
    for (const method of ["GET", "HEAD", "GET"]) expect((await fetch(url, { method })).status).toBe(200);
    expect((await gated.hold(id)).approvals).toEqual([]);
    expect((await use(url)).status).toBe(200);
    expect((await gated.hold(id)).approvals).toMatchObject([{ by: "ann", how: "link", reason: "by link" }]);
    expect(await use(url, "reject")).toMatchObject({
      status: 410,
      text: expect.stringContaining("used already"),
    });
    expect((await gated.hold(id)).state).toBe("waiting");
    expect((await use(await linkOf(gated.ben, id))).text).toContain("was approved by ben");
    // A decision that is made already is told; nothing is changed by an old link.
    expect((await use(url, "approve")).status).toBe(200);
    expect((await use(url, "reject")).status).toBe(409);
  });

  it("is nothing to whoever changes it, and is not known at the senders' port", async () => {
    const { id } = await gated.held({ order: 2 });
    const url = new URL(await linkOf(gated.ann, id));
    const token = url.pathname.split("/").at(-1)!;
    const other = `${token.slice(0, 40)}${token[40] === "A" ? "B" : "A"}${token.slice(41)}`;
    for (const changed of [other, token.slice(0, -4), "x", "..%2f", `${token}AAAA`]) {
      const answer = await use(`${url.origin}/holds/link/${changed}`);
      expect([changed.slice(0, 10), answer.status]).toEqual([
        changed.slice(0, 10),
        changed === "..%2f" ? 410 : 410,
      ]);
    }
    expect((await fetch(`${gated.scene.router.hooks}${url.pathname}`)).status).toBe(404);
    expect((await gated.hold(id)).approvals).toEqual([]);
    expect(JSON.stringify(gated.scene.router.log)).not.toContain(token);
  });

  it("dies with the request that it was made for, and with its person", async () => {
    const { root, scene } = gated;
    const { id } = await gated.held({ order: 3 });
    const dan = await invite(scene.router.admin, root, "dan", "operator");
    const [anns, dans] = [await linkOf(gated.ann, id), await linkOf(dan, id)];
    expect((await gated.say(gated.ben, "edit", id, { result: { order: 4 } })).status).toBe(200);
    expect(await (await fetch(anns)).text()).toContain("was changed since the link was made");
    expect((await use(anns)).status).toBe(409);
    const fresh = await linkOf(dan, id);
    expect((await root.call("PATCH", `/api/v1/users/${dan.id}`, { role: "viewer" })).status).toBeLessThan(
      300,
    );
    expect((await use(fresh)).status).toBe(403);
    expect((await root.call("PATCH", `/api/v1/users/${dan.id}`, { blocked: true })).status).toBeLessThan(300);
    expect((await use(dans)).status).toBe(410);
    expect((await gated.hold(id)).approvals).toMatchObject([{ by: "ben" }]);
  });

  it("is made by a person for himself alone", async () => {
    const { id } = await gated.held({ order: 5 });
    const local = await gated.scene.router.ask(`/api/v1/holds/${id}/link`, { method: "POST" });
    expect(local.status).toBe(403);
  });
});

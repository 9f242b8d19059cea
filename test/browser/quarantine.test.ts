/** Quarantine and repetitions at the page: why, until when; letting in one or several; who may only look; what came again. */
import { writeFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import {
  aDashboard,
  PATIENCE_MS,
  region,
  row,
  visits,
  type Dashboard,
  type Visits,
} from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import { logIn, type Client } from "../helpers/people.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const [RIGHT, WRONG] = ["right-secret-1", "wrong-secret-2"];
const source = (secret: string): string =>
  `provider: github\nsecrets: ["${secret}"]\nonInvalid: quarantine\n`;

describeWithBrowser("quarantine at the page", () => {
  let dashboard: Dashboard;
  let later: Visits | undefined;
  let ada: Client;
  let vera: Client;

  beforeAll(async () => {
    dashboard = await aDashboard({
      "sources/shop.yaml": source(`${RIGHT}\\n`),
      "routes/shop.yaml": "source: shop\ntarget: api\n",
    });
    ada = await dashboard.person("ada", "operator");
    vera = await dashboard.person("vera", "viewer");
  }, 90_000);
  afterEach(async () => {
    await dashboard.leave();
    await later?.leave();
  });
  afterAll(async () => {
    await later?.close();
    await dashboard?.close();
  });

  const send = (n: number, secret: string) =>
    post(dashboard.scene.router.hooks, { body: JSON.stringify({ n }), secret, id: `d-${n}` }, "shop");
  const list = (page: Page) => page.getByRole("table", { name: "Requests" });
  const admit = (page: Page) => page.getByRole("button", { name: "Admit", exact: true });

  it("a wrong secret is explained, what it refused is held; after the fix it is let in and delivered", async () => {
    for (const [n, secret] of [
      [1, RIGHT],
      [2, RIGHT],
      [3, RIGHT],
      [4, WRONG],
    ] as const)
      expect((await send(n, secret)).status).toBe(401);
    let page = await dashboard.page("/requests?verdict=held", ada);
    await expect.poll(() => admit(page).count(), { timeout: PATIENCE_MS }).toBe(4);
    const explained = row(page, "Requests", "the secret has white space or a line break at its end");
    expect(await explained.count()).toBe(3);
    await explained.first().getByText("held", { exact: true }).waitFor();
    await explained
      .first()
      .getByText(/ends in 2[34] h/)
      .waitFor();

    // As long as nothing is mended, it is still refused, and says why.
    await admit(page).first().click();
    const outcome = page.getByRole("status", { name: "What came of it" });
    await outcome.getByText("0 admitted, 1 still refused").waitFor();
    await outcome.getByText(/ACCEPT_SIGNATURE_INVALID/).waitFor();

    const viewer = await dashboard.page("/requests?verdict=held", vera);
    await row(viewer, "Requests", "white space").first().waitFor();
    expect(await admit(viewer).count()).toBe(0);
    expect(await viewer.getByRole("checkbox").count()).toBe(0);
    const { json } = await vera.call("GET", "/api/v1/requests?verdict=held");
    const [held] = json.items ?? [];
    const tried = await vera.call("POST", `/api/v1/requests/${String(held?.["id"])}/admit`);
    expect([tried.status, tried.json.code]).toEqual([403, "ADMIN_SCOPE_MISSING"]);
    await dashboard.leave();

    // The fix, and the router with it.
    const { scene } = dashboard;
    await writeFile(`${scene.dir}/sources/shop.yaml`, source(RIGHT));
    await scene.router.end();
    scene.router = await scene.start();
    later = await visits(scene.router.admin);
    ada = (await logIn(scene.router.admin, "ada")).client;

    // One from its own page.
    page = await later.page("/requests?verdict=held", ada);
    await row(page, "Requests", "white space").first().getByRole("link").first().click();
    const quarantine = region(page, "Quarantine");
    await quarantine.getByRole("button", { name: "Admit" }).click();
    await quarantine.getByText("1 admitted, 0 still refused").waitFor();
    await until("it is delivered", () => scene.target.arrivals.length === 1);

    // The others together, the forged one among them.
    await page.goto("/requests?verdict=held");
    await expect.poll(() => admit(page).count(), { timeout: PATIENCE_MS }).toBe(3);
    const together = page.getByRole("group", { name: "Let in what is held" });
    expect(await together.getByRole("button", { name: /^Admit selected/ }).isDisabled()).toBe(true);
    await together.getByRole("button", { name: "Select all held" }).click();
    await together.getByRole("button", { name: "Admit selected (3)" }).click();
    const outcomes = page.getByRole("status", { name: "What came of it" });
    await outcomes.getByText("2 admitted, 1 still refused").waitFor();
    await until("they are delivered", () => scene.target.arrivals.length === 3);
    expect(scene.target.arrivals.map(({ body }) => body).sort()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    await expect.poll(() => admit(page).count(), { timeout: PATIENCE_MS }).toBe(1);

    // Among the refused ones they say what they became.
    await page.goto("/requests");
    const letIn = list(page).getByRole("row").filter({ hasText: "admitted" });
    await expect.poll(() => letIn.count(), { timeout: PATIENCE_MS }).toBe(3);
    await letIn.first().getByRole("link", { name: /^evt_/ }).click();
    await page.getByRole("heading", { level: 1, name: "push from shop" }).waitFor();
    const { json: trail } = await ada.call("GET", "/api/v1/audit?action=request.admitted");
    expect(trail.items?.length).toBeGreaterThanOrEqual(4);
    expect(String(trail.items?.[0]?.["on"])).toMatch(/^req_/);
  }, 120_000);

  it("what a provider sends again stands with its event: when, which attempt, what ran again for it", async () => {
    const { scene } = dashboard;
    scene.target.answer = status(400);
    const { json } = await send(11, RIGHT);
    const dead = json.deliveries![0]!;
    await until("it is dead", async () => {
      const { json: found } = await ada.call("GET", `/api/v1/deliveries/${dead}`);
      return found["state"] === "dead";
    });
    scene.target.answer = status(200);
    const again = (attempt: string) =>
      post(
        scene.router.hooks,
        { body: '{"n":11}', secret: RIGHT, id: "d-11", headers: { "x-attempt": attempt } },
        "shop",
      );
    expect((await again("2")).json).toMatchObject({ duplicate: true, revived: [dead] });
    await until("it is delivered", async () => {
      const { json: found } = await ada.call("GET", `/api/v1/deliveries/${dead}`);
      return found["state"] === "delivered";
    });
    await again("3");
    const markup = "<img src=x onerror=alert(1)>";
    await again(markup);
    const page = await later!.page("/requests?verdict=duplicate", ada);
    const last = row(page, "Requests", "x-attempt: 3");
    await last.getByText("duplicate", { exact: true }).waitFor();
    await row(page, "Requests", "1 that had died ran again").getByRole("link", { name: json.id! }).click();
    const sentAgain = region(page, "Sent again");
    await sentAgain.getByText(`x-attempt: ${markup}`).waitFor();
    await row(page, "Sent again", "x-attempt: 3").getByText("nothing: none had died").waitFor();
    await row(page, "Sent again", "x-attempt: 2").getByRole("link", { name: dead }).waitFor();
    await page.getByText("3 times; each was answered and not stored").waitFor();
    await sentAgain.getByRole("link", { name: /^req_/ }).first().click();
    await page.getByRole("heading", { level: 1, name: "Request to shop" }).waitFor();
    await page.getByRole("main").getByRole("link", { name: json.id! }).waitFor();
  }, 120_000);
});

/** Bull Board behind the log-in: it works under its policy, and whoever may not operate looks only. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

/** Buttons of Bull Board that change a queue or an entry. */
const CHANGES = /retry|promote|clean|empty|add job|pause|duplicate/i;

describeWithBrowser("the queues", () => {
  let dashboard: Dashboard;

  beforeAll(async () => {
    dashboard = await aDashboard();
    // A retry that waits is an entry to be looked at.
    dashboard.scene.target.answer = status(503, { "retry-after": "3600" });
    await post(dashboard.scene.router.hooks, { body: "{}" });
    await until("it was tried", () => dashboard.scene.target.arrivals.length > 0);
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  it("are not for who is not logged in", async () => {
    const page = await dashboard.page("/");
    const answer = await page.goto("/queues");
    expect(answer?.status()).toBe(401);
  }, 60_000);

  it("are reached from the navigation, and an operator finds an entry with what he may do to it", async () => {
    const olaf = await dashboard.person("olaf", "operator");
    const page = await dashboard.page("/", olaf);
    await page.getByRole("link", { name: /^Queues/ }).click();
    await page.waitForURL("**/queues");
    await page.getByRole("link", { name: /api/ }).first().click();
    await page.waitForURL("**/queue/**");
    await page.getByRole("link", { name: /delayed/i }).click();
    await page.getByText(/dlv_/).first().waitFor();
    expect(await page.getByRole("button", { name: CHANGES }).count()).toBeGreaterThan(0);
    expect(await page.evaluate(() => getComputedStyle(document.body).margin), "its styles are there").toBe(
      "0px",
    );
  }, 60_000);

  it("let a viewer look, and refuse whatever he would change", async () => {
    const vera = await dashboard.person("vera", "viewer");
    const page = await dashboard.page("/queues", vera);
    await page.getByRole("link", { name: /api/ }).first().click();
    await page.waitForURL("**/queue/**");
    await page.getByRole("link", { name: /delayed/i }).click();
    await page.getByText(/dlv_/).first().waitFor();
    expect(await page.getByRole("button", { name: CHANGES }).count()).toBe(0);
    const codes = await page.evaluate(async () => {
      const told: number[] = [];
      for (const [method, path] of [
        ["PUT", "/queues/api/queues/api/pause"],
        ["PUT", "/queues/api/queues/api/empty"],
        ["POST", "/queues/api/queues/api/add"],
      ] as const)
        told.push((await fetch(path, { method })).status);
      return told;
    });
    expect(codes).toEqual([403, 403, 403]);
  }, 60_000);
});

/** Bull Board behind the log-in: it works under its policy, and whoever may not operate looks only. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import { PASSWORD } from "../helpers/people.ts";
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

  it("are led to by the log-in, to the very entry, and by a session that came too late", async () => {
    const queue = "/queues/queue/api?status=delayed";
    const page = await dashboard.page(queue);
    await page.waitForURL((url) => url.pathname === "/login");
    await page.getByRole("heading", { name: "Log in", level: 1 }).waitFor();
    await page.getByLabel("Name").fill("root");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await page.waitForURL(`**${queue}`);
    await page.getByText(/dlv_/).first().waitFor();
    // From another site the browser brings no session along at first, though there is one.
    await page.goto(`/login?to=${encodeURIComponent(queue)}`);
    await page.waitForURL(`**${queue}`);
    await page.getByText(/dlv_/).first().waitFor();
  }, 60_000);

  it.each([
    "https://evil.example/queues",
    "//evil.example/queues",
    "/\\evil.example/queues",
    "/events",
    "javascript:1",
  ])(
    "are the only thing that the log-in leads to: %s it does not",
    async (to) => {
      const page = await dashboard.page(`/login?to=${encodeURIComponent(to)}`, dashboard.root);
      await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
      expect(new URL(page.url()).origin).toBe(dashboard.admin);
      expect(new URL(page.url()).pathname).toBe("/login");
    },
    60_000,
  );

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

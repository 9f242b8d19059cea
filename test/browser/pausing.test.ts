/** Pausing a target at the page: what waits is held, everybody sees who did it and why, and the slower one is told. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, region, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";

const HELD = 4;

describeWithBrowser("a paused target", () => {
  let dashboard: Dashboard;
  let ada: Client;
  let olaf: Client;

  beforeAll(async () => {
    dashboard = await aDashboard();
    ada = await dashboard.person("ada", "operator");
    olaf = await dashboard.person("olaf", "operator");
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  const asked = async (page: Page, reason: string): Promise<void> => {
    await page.getByRole("button", { name: "Pause…" }).click();
    const dialog = page.getByRole("dialog", { name: "Pause api" });
    await dialog.getByLabel("Reason").fill(reason);
  };
  const pause = (page: Page) => page.getByRole("button", { name: "Pause the target" });

  it("holds what comes, says who paused it and why, tells the slower one, and drains when it goes on", async () => {
    const { scene } = dashboard;
    const [hers, his] = [
      await dashboard.page("/targets/api", ada),
      await dashboard.page("/targets/api", olaf),
    ];
    await asked(hers, "the API moves house");
    await asked(his, "I am second");
    // What his page would have read by now is still on its way.
    let arrive: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (arrive = resolve));
    await his.route("**/api/v1/targets/api", async (route) => {
      await late;
      await route.continue();
    });
    await pause(hers).click();
    await hers.getByText("Paused by ada").waitFor();
    await hers.getByText("“the API moves house”").waitFor();
    await pause(his).click();
    const alert = his.getByRole("dialog").getByRole("alert");
    await alert.getByText(/Target `?api`? was paused by ada at .*that pause stands/).waitFor();
    arrive();
    await his.getByText("Paused by ada").waitFor();

    for (let nth = 0; nth < HELD; nth++) await post(scene.router.hooks, { body: JSON.stringify({ nth }) });
    await hers.reload();
    const open = row(hers, "Open deliveries", "held");
    await expect.poll(() => open.count(), { timeout: PATIENCE_MS }).toBe(HELD);
    expect(scene.target.arrivals).toEqual([]);
    await open.first().getByRole("link").first().click();
    await hers.getByText("Its target is paused").waitFor();

    await hers.goto("/");
    const paused = row(hers, "Targets, the worst first", "api");
    await paused.getByText("Paused by ada: the API moves house").waitFor();
    await hers.goto("/deliveries?state=held");
    await expect.poll(() => row(hers, "Deliveries", "held").count(), { timeout: PATIENCE_MS }).toBe(HELD);

    await his.getByRole("button", { name: "Resume" }).click();
    await his.getByText("api goes on; what was held is sent now.").waitFor();
    await expect.poll(() => scene.target.arrivals.length, { timeout: PATIENCE_MS }).toBe(HELD);
    await region(his, "Open deliveries").getByText("Nothing is open").waitFor();
    await his.getByRole("button", { name: "Pause…" }).waitFor();

    const trail = await dashboard.page("/audit?on=api", dashboard.root);
    await row(trail, "Audit trail", "target.resumed").filter({ hasText: "olaf" }).waitFor();
    const refused = row(trail, "Audit trail", "target.paused").filter({ hasText: "olaf" });
    await refused.getByText("409", { exact: true }).waitFor();
    await row(trail, "Audit trail", "target.paused").filter({ hasText: "the API moves house" }).waitFor();
  }, 120_000);
});

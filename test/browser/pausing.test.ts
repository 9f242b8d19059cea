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
  /** The question that came too late stays open with what was typed, says by whom, and can only be closed. */
  const saysPaused = async (page: Page, typed: string): Promise<void> => {
    const dialog = page.getByRole("dialog", { name: "Pause api" });
    const alert = dialog.getByRole("alert");
    await alert.getByText("Paused meanwhile").waitFor();
    await alert
      .getByText(/Paused by ada .*“the API moves house”.*That pause stands; yours was not made/)
      .waitFor();
    expect(await dialog.getByLabel("Reason").inputValue()).toBe(typed);
    expect(await pause(page).isDisabled()).toBe(true);
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByText("What waits is held, not failed.").waitFor();
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
    await saysPaused(his, "I am second");

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

  it("by somebody else leaves a question that is open where it is, and says who did it meanwhile", async () => {
    const [hers, his] = [
      await dashboard.page("/targets/api", ada),
      await dashboard.page("/targets/api", olaf),
    ];
    await asked(his, "half a sent");
    await asked(hers, "the API moves house");
    await pause(hers).click();
    await hers.getByText("Paused by ada").waitFor();
    const reason = his.getByRole("dialog").getByLabel("Reason");
    await his.getByRole("dialog").getByText("Paused meanwhile").waitFor();
    // Nothing took the pen out of his hand.
    expect(await reason.evaluate((element) => element === document.activeElement)).toBe(true);
    await his.keyboard.type("ence");
    await saysPaused(his, "half a sentence");
    await his.getByRole("button", { name: "Resume" }).click();
    await his.getByRole("button", { name: "Pause…" }).waitFor();
    const trail = await dashboard.page("/audit?on=api&author=olaf", dashboard.root);
    await row(trail, "Audit trail", "target.resumed").first().waitFor();
    expect(await row(trail, "Audit trail", "half a sent").count()).toBe(0);
  }, 120_000);
});

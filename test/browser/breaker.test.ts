/** A target whose breaker is open, at the page: why, since when, what it holds; and a person who closes it. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, region, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";
import { status } from "../helpers/target.ts";

describeWithBrowser("an open breaker", () => {
  let dashboard: Dashboard;
  let olaf: Client;

  beforeAll(async () => {
    dashboard = await aDashboard({
      "targets/api.yaml":
        "url: ${TARGET}/api\nconcurrency: { min: 1, max: 4 }\nbreaker: { minimum: 4, openSeconds: 900 }\nretry: { attempts: 9, firstDelaySeconds: 0.5, maxDelaySeconds: 1 }\n",
    });
    olaf = await dashboard.person("olaf", "operator");
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  it("is told with its reason, holds what comes, and is closed by a person, who stands in the trail", async () => {
    const { scene } = dashboard;
    scene.target.answer = status(500);
    for (let nth = 0; nth < 12; nth++) await post(scene.router.hooks, { body: JSON.stringify({ nth }) });
    const page = await dashboard.page("/targets/api", olaf);
    await page.getByText("Its breaker is open: of").waitFor();
    const held = region(page, "Held back");
    await held.getByText(/of \d+ attempts in 60 s \d+ failed/).waitFor();
    await held.getByText("Next probe").waitFor();
    await region(page, "As its file has it").getByText("between 1 and 4").waitFor();
    await expect
      .poll(() => row(page, "Open deliveries", "held").count(), { timeout: PATIENCE_MS })
      .toBeGreaterThan(3);
    scene.target.answer = status(200);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("api goes on; what was held is sent now.").waitFor();
    await region(page, "Open deliveries").getByText("Nothing is open").waitFor();
    await held.waitFor({ state: "detached" });
    const trail = await dashboard.page("/audit?on=api", dashboard.root);
    await row(trail, "Audit trail", "target.resumed").filter({ hasText: "olaf" }).waitFor();
  }, 120_000);
});

/** Versions on the page of a route, a replay as then, and what an edited rule would change, told before it is saved. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { answers, call } from "../helpers/admin.ts";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";

const FILES = {
  "routes/everything.yaml": "source: github\ntransform: short\ntarget: api\n",
  "transforms/short.jsonata": '{\n  "order": order.id\n}\n',
};

describeWithBrowser("the versions of a route", () => {
  let dashboard: Dashboard;
  let ada: Client;
  let arthur: Client;
  let event: string;

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    ada = await dashboard.person("ada", "operator");
    arthur = await dashboard.person("arthur", "author");
    const { router, dir } = dashboard.scene;
    for (const id of [1, 2, 3]) {
      const body = JSON.stringify({ order: { id } });
      event = (await post(router.hooks, { type: "issues", body })).json.id!;
    }
    await answers<{ state: string }>(router.admin, `/events/${event}`, ({ state }) => state === "settled");
    await writeFile(join(dir, "transforms/short.jsonata"), '{\n  "order": order.id,\n  "new": true\n}\n');
    await call(router.admin, "/rules/reload", {});
    await answers<{ items: unknown[] }>(
      router.admin,
      "/routes/everything/versions",
      ({ items }) => items.length === 2,
    );
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  it("stand on its page with their times, are marked on its plots, and are compared", async () => {
    const page = await dashboard.page("/routes/everything", ada);
    const versions = page.getByRole("table", { name: "Versions of the route, newest first" });
    await versions.getByText("in force").waitFor();
    expect(await versions.getByRole("row").count()).toBe(3);
    const newest = await versions.locator("code").first().innerText();
    const plot = page.getByRole("figure", { name: "Attempts by outcome over time" });
    await plot.getByText(newest.slice(0, 6)).waitFor();
    await versions.getByRole("button", { name: "Compare" }).click();
    const difference = page.getByRole("region", { name: "Difference of the versions" });
    await difference.locator("ins").getByText("new").waitFor();
  }, 90_000);

  it("let an event be replayed as then, with the difference of both choices first", async () => {
    const page = await dashboard.page(`/events/${event}`, ada);
    await page.getByRole("button", { name: "Replay…" }).click();
    const dialog = page.getByRole("dialog", { name: "Replay this event" });
    await dialog.getByRole("region", { name: "Difference on everything" }).locator("ins").first().waitFor();
    await dialog.getByLabel(/^As then/).check();
    await dialog.getByText("There is no difference.").waitFor();
    const before = dashboard.scene.target.arrivals.length;
    await dialog.getByRole("button", { name: "Replay", exact: true }).click();
    await expect
      .poll(() => dashboard.scene.target.arrivals.slice(before).map(({ json }) => json), {
        timeout: PATIENCE_MS,
      })
      .toEqual([{ order: 3 }]);
  }, 90_000);

  it("say in the playground what an edited rule would change over the last events", async () => {
    const page = await dashboard.page(`/playground?rule=short&route=everything&event=${event}`, arthur);
    const rule = page.locator(".cm-content[aria-label='Rule in JSONata']");
    await rule.waitFor();
    await expect.poll(() => rule.innerText(), { timeout: PATIENCE_MS }).toContain('"new"');
    const ask = page.getByRole("button", { name: "Over the last 200 events" });
    await ask.click();
    await page.getByText("Nothing would change over 3 events").waitFor();
    await rule.click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText('{ "order": order.id * 2, "new": true }');
    await page.getByText("The rule has been edited since.").waitFor();
    await ask.click();
    const changes = page.getByRole("list", { name: "What would change" });
    await changes.getByText("would be something else").waitFor();
    await page
      .locator("summary")
      .getByText(/^3 would be something else/)
      .first()
      .click();
    const differences = page.getByRole("table", { name: "Differences" });
    await row(page, "Differences", "/order").waitFor();
    const [, before, after] = /\/order\s+(\d)\s+(\d)/.exec(await differences.innerText()) ?? [];
    expect(Number(after)).toBe(Number(before) * 2);
  }, 90_000);
});

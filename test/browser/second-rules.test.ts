/** A route's canary and shadow on its page: how they fare, and the canary rolled back and begun anew by who may operate. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { ShownCanary, ShownShadow } from "../../src/admin/shapes/second-rules.ts";
import { answers } from "../helpers/admin.ts";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, region, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";

const FILES = {
  "transforms/first.jsonata": '{ "n": n }\n',
  "transforms/second.jsonata": '{ "n": $string(n) }\n',
  "routes/compared.yaml": "source: github\ntarget: api\ntransform: first\nshadow: second\n",
  "routes/tried.yaml":
    "source: github\ntarget: api\ntransform: first\ncanary: { transform: second, percent: 50, by: n }\n",
};
const SENT = 40;

describeWithBrowser("a route's second transforms", () => {
  let dashboard: Dashboard;
  let ada: Client;
  let vera: Client;

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    ada = await dashboard.person("ada", "operator");
    vera = await dashboard.person("vera", "viewer");
    const { router } = dashboard.scene;
    for (let n = 0; n < SENT; n++) await post(router.hooks, { body: JSON.stringify({ n }) });
    await answers<ShownShadow>(router.admin, "/routes/compared/shadow", ({ differs }) => differs === SENT);
    await answers<ShownCanary>(
      router.admin,
      "/routes/tried/canary",
      ({ own, other }) => own.deliveries + other.deliveries === SENT,
    );
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  it("a shadow is told with what differs, how often, and events that show it", async () => {
    const page = await dashboard.page("/routes/compared", vera);
    const shadow = region(page, "Shadow");
    await shadow.getByText("second", { exact: true }).waitFor();
    const differing = row(page, "Differences", "/n");
    await differing.getByText("number → text").waitFor();
    expect(await differing.getByRole("cell").allInnerTexts()).toContain(String(SENT));
    await differing.getByRole("link").first().click();
    await page.waitForURL(/\/events\/evt_/);
  }, 90_000);

  it("a canary is shown with both sides' failures, and a viewer can decide nothing about it", async () => {
    const page = await dashboard.page("/routes/tried", vera);
    const canary = region(page, "Canary");
    await canary.getByText("on", { exact: true }).waitFor();
    await canary.getByText("50 % of the keys").waitFor();
    expect(await canary.getByText(/^0 of \d+ failed$/).count()).toBe(2);
    expect(await canary.getByRole("button").count()).toBe(0);
  }, 90_000);

  it("an operator rolls it back by hand, by name, and lets it begin anew with nothing counted", async () => {
    const page = await dashboard.page("/routes/tried", ada);
    const canary = region(page, "Canary");
    await canary.getByRole("button", { name: "Roll back" }).click();
    await page
      .getByRole("dialog", { name: "Roll second back" })
      .getByRole("button", { name: "Roll back" })
      .click();
    await canary.getByText("rolled back", { exact: true }).waitFor();
    await canary.getByText("ada", { exact: false }).waitFor();
    await canary.getByRole("button", { name: "Resume" }).click();
    const dialog = page.getByRole("dialog", { name: "Let second begin anew" });
    await dialog.getByRole("button", { name: "Resume" }).click();
    await canary.getByText("on", { exact: true }).waitFor();
    await expect.poll(() => canary.getByText("0 of 0 failed").count()).toBe(2);
  }, 90_000);
});

/** One event again: the difference first, edited as a new event that names the old one; and given up with a reason. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";
import { status } from "../helpers/target.ts";

const FILES = {
  "routes/everything.yaml": "source: github\ntransform: short\ntarget: api\n",
  "transforms/short.jsonata": '{ "order": order.id, "colour": order.colour }\n',
};

describeWithBrowser("a replay of one event", () => {
  let dashboard: Dashboard;
  let ada: Client;

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    ada = await dashboard.person("ada", "operator");
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  const sent = async (id: number): Promise<string> => {
    const body = JSON.stringify({ order: { id, colour: "red" } });
    return (await post(dashboard.scene.router.hooks, { type: "issues", body })).json.id!;
  };
  const delivery = (page: Page) => page.getByRole("region", { name: "Delivery on everything to api" });
  const arrived = () => dashboard.scene.target.arrivals.map(({ json }) => json);

  it("edited, shows what would be sent, and makes a new event that names the old one", async () => {
    const id = await sent(1);
    const page = await dashboard.page(`/events/${id}`, ada);
    await delivery(page).getByText("delivered", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Replay…" }).click();
    const dialog = page.getByRole("dialog", { name: "Replay this event" });
    await dialog.getByText("There is no difference.").waitFor();
    await dialog.getByText("may have it already").waitFor();

    await dialog.getByLabel(/^Edited/).check();
    const editor = dialog.locator(".cm-content[aria-label='Edited body']");
    await editor.click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText('{ "order": { "id": 1, "colour": "blue" }');
    const replay = dialog.getByRole("button", { name: "Replay", exact: true });
    await expect.poll(() => replay.isDisabled(), { timeout: PATIENCE_MS }).toBe(true);
    await page.keyboard.insertText(" }");
    const difference = dialog.getByRole("region", { name: "Difference on everything" });
    await difference.locator("del").getByText('"colour": "red"').waitFor();
    await difference.locator("ins").getByText('"colour": "blue"').waitFor();
    expect(arrived(), "a preview sends nothing").toEqual([{ order: 1, colour: "red" }]);
    await replay.click();

    await expect.poll(() => arrived(), { timeout: PATIENCE_MS }).toContainEqual({ order: 1, colour: "blue" });
    await page.getByText("by ada").first().waitFor();
    expect(page.url()).not.toContain(id);
    await delivery(page).getByText("delivered", { exact: true }).first().waitFor();
    await page.getByRole("main").getByRole("link", { name: id }).click();
    await page.waitForURL(`**/events/${id}`);
    await expect
      .poll(() => page.getByRole("region", { name: "Body on everything" }).innerText(), {
        timeout: PATIENCE_MS,
      })
      .toContain('"colour": "red"');
    expect(dashboard.scene.target.arrivals).toHaveLength(2);
  }, 90_000);

  it("of one delivery sends the same again under the same id, and shows both attempts", async () => {
    const id = await sent(2);
    const page = await dashboard.page(`/events/${id}`, ada);
    await delivery(page).getByText("One attempt").waitFor();
    await delivery(page).getByRole("button", { name: "Replay", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Replay to api" });
    await dialog.getByText("There is no difference.").waitFor();
    await dialog.getByRole("button", { name: "Replay", exact: true }).click();
    await delivery(page).getByText("2 attempts").waitFor();
    const attempts = page.getByRole("group", { name: "Delivery on everything" });
    await attempts.getByText(/replay/).waitFor();
    const twice = dashboard.scene.target.arrivals.filter(
      ({ json }) => (json as { order: number }).order === 2,
    );
    expect(new Set(twice.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(twice).toHaveLength(2);
  }, 90_000);

  it("is not the only way out: a dead letter is discarded with a reason, which stays to be read", async () => {
    dashboard.scene.target.answer = status(400);
    const id = await sent(3);
    const page = await dashboard.page(`/events/${id}`, ada);
    await delivery(page).getByText("dead", { exact: true }).first().waitFor();
    await delivery(page).getByRole("button", { name: "Discard", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Discard this delivery" });
    const button = dialog.getByRole("button", { name: "Discard", exact: true });
    expect(await button.isDisabled(), "without a reason").toBe(true);
    await dialog.getByLabel("Reason").fill("a test order");
    await button.click();
    await delivery(page).getByText("discarded", { exact: true }).first().waitFor();
    await delivery(page)
      .getByText(/by ada, .*: a test order/)
      .waitFor();
    expect(await delivery(page).getByRole("button", { name: "Discard", exact: true }).count()).toBe(0);
    await page.goto("/dead-letters");
    await page.getByText("No dead letters").waitFor();
    await page.goto("/audit");
    await row(page, "Audit trail, newest first", "delivery.discarded").getByText("a test order").waitFor();
  }, 90_000);
});

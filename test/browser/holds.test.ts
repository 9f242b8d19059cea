/** The page of holds before two people: what would be sent, decided by one, edited by the other, refused to whoever caused it. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, region, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";
import { until } from "../helpers/until.ts";

const FILES = {
  "routes/everything.yaml":
    "source: github\ntransform: order\ntarget: api\ngate: { approvals: 2, causedBy: sender, show: '{ \"who\": sender }' }\n",
  "routes/single.yaml": "source: github\non: [release]\ntransform: order\ntarget: api\ngate: {}\n",
  "transforms/order.jsonata": '{ "order": order, "note": note }\n',
};

describeWithBrowser("what waits for people", () => {
  let dashboard: Dashboard;
  let ann: Client;
  let ben: Client;
  let nth = 1;

  beforeAll(async () => {
    dashboard = await aDashboard({
      ...FILES,
      "routes/everything.yaml": `${FILES["routes/everything.yaml"]}on: [push]\n`,
    });
    ann = await dashboard.person("ann", "operator");
    ben = await dashboard.person("ben", "operator");
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  const held = async (
    sender = "zoe",
    type = "push",
    note = "as it is",
  ): Promise<{ order: number; id: string }> => {
    const order = nth++;
    const body = JSON.stringify({ order, sender, note });
    const { json } = await post(dashboard.scene.router.hooks, { type, body });
    const id = await until("it is held", async () => {
      const page = await ann.call("GET", `/api/v1/holds?state=waiting&delivery=${json.deliveries![0]!}`);
      return page.json.items?.[0]?.["id"];
    });
    return { order, id: String(id) };
  };
  const arrived = (order: number): unknown[] =>
    dashboard.scene.target.arrivals
      .map(({ json }) => json)
      .filter((json) => (json as { order: number }).order === order);
  const approve = async (page: Page, reason: string): Promise<void> => {
    await page.getByRole("button", { name: "Approve…" }).click();
    const dialog = page.getByRole("dialog", { name: "Approve this request" });
    await dialog.getByLabel("Reason").fill(reason);
    await dialog.getByRole("button", { name: "Approve", exact: true }).click();
  };

  it("goes out when two have looked at what would be sent and approved it", async () => {
    const { order, id } = await held();
    const first = await dashboard.page("/", ann);
    await first.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Holds" }).click();
    await row(first, "Holds, newest first", "0 of 2").getByRole("link").first().click();
    await first.waitForURL(`**/holds/${id}`);
    await region(first, "What it is about").first().getByText('"zoe"').waitFor();
    await region(first, "Body that would be sent").getByText('"as it is"').waitFor();
    await region(first, "What would be sent")
      .getByText(/POST http/)
      .waitFor();
    await approve(first, "looks right");
    await first.getByText("1 of 2").waitFor();
    expect(arrived(order)).toEqual([]);

    const second = await dashboard.page(`/holds/${id}`, ben);
    await second.getByText("looks right").waitFor();
    await approve(second, "so say I");
    await second.getByText("approved", { exact: true }).first().waitFor();
    await expect.poll(() => arrived(order), { timeout: PATIENCE_MS }).toEqual([{ order, note: "as it is" }]);
    // Whoever still looks at it sees that it is decided, and is offered nothing any more.
    await first.getByText("approved", { exact: true }).first().waitFor();
    expect(await first.getByRole("button", { name: /^(Approve|Reject|Edit)…$/ }).count()).toBe(0);
  }, 90_000);

  it("is edited by one and approved as edited by the other, who sees the difference", async () => {
    const { order, id } = await held();
    const first = await dashboard.page(`/holds/${id}`, ann);
    await first.getByRole("button", { name: "Edit…" }).click();
    const dialog = first.getByRole("dialog", { name: "Edit and approve" });
    const editor = dialog.locator(".cm-content[aria-label='Edited result']");
    await editor.click();
    await first.keyboard.press("ControlOrMeta+a");
    await first.keyboard.insertText(`{ "order": ${order}, "note": "kinder"`);
    const button = dialog.getByRole("button", { name: "Approve as edited" });
    await expect.poll(() => button.isDisabled(), { timeout: PATIENCE_MS }).toBe(true);
    await first.keyboard.insertText(" }");
    await dialog.locator("ins").getByText('"note": "kinder"').waitFor();
    await button.click();
    await first.getByText("1 of 2").waitFor();

    const second = await dashboard.page(`/holds/${id}`, ben);
    const edited = region(second, "What was edited").last();
    await edited.locator("del").getByText('"note": "as it is"').waitFor();
    await edited.locator("ins").getByText('"note": "kinder"').waitFor();
    await approve(second, "better so");
    await expect.poll(() => arrived(order), { timeout: PATIENCE_MS }).toEqual([{ order, note: "kinder" }]);
  }, 90_000);

  it("is not for whoever caused it, and a rejection says why to all", async () => {
    const { order, id } = await held("ann");
    const own = await dashboard.page(`/holds/${id}`, ann);
    await own.getByText("ann caused it").waitFor();
    expect(await own.getByRole("button", { name: /^(Approve|Reject|Edit)…$/ }).count()).toBe(0);
    const other = await dashboard.page(`/holds/${id}`, ben);
    await other.getByRole("button", { name: "Reject…" }).click();
    const dialog = other.getByRole("dialog", { name: "Reject this request" });
    const button = dialog.getByRole("button", { name: "Reject", exact: true });
    expect(await button.isDisabled(), "without a reason").toBe(true);
    await dialog.getByLabel("Reason").fill("not this one");
    await button.click();
    await other.getByText("rejected", { exact: true }).first().waitFor();
    await own
      .getByText(/ben.*not this one/s)
      .first()
      .waitFor();
    await other.goto("/audit");
    await row(other, "Audit trail, newest first", "hold.rejected").getByText("not this one").waitFor();
    expect(arrived(order)).toEqual([]);
  }, 90_000);

  it("tells who was faster, where two decide at once", async () => {
    const { id } = await held("zoe", "release");
    const page = await dashboard.page(`/holds/${id}`, ann);
    await page.getByRole("button", { name: "Approve…" }).click();
    const dialog = page.getByRole("dialog", { name: "Approve this request" });
    expect((await ben.call("POST", `/api/v1/holds/${id}/reject`, { reason: "no" })).status).toBe(200);
    await dialog.getByRole("button", { name: "Approve", exact: true }).click();
    await dialog.getByText(/was rejected by ben at/).waitFor();
  }, 60_000);

  it("shows names, notes and requests as text alone", async () => {
    const { id } = await held(
      '<img src=x onerror="document.title=1">',
      "release",
      "<script>alert(1)</script>",
    );
    const page = await dashboard.page(`/holds/${id}`, ann);
    await region(page, "Body that would be sent").getByText("<script>").first().waitFor();
    expect(await page.locator("main script, main img").count()).toBe(0);
  }, 60_000);

  it("is decided once by a link, which only shows when it is looked at", async () => {
    const { order, id } = await held("zoe", "release");
    const { json, status } = await ann.call("POST", `/api/v1/holds/${id}/link`, {});
    expect(status).toBe(200);
    const path = new URL(String(json["url"])).pathname;
    const page = await dashboard.page(path);
    await page.getByText("You are ann.").waitFor();
    await page.getByText('"note":"as it is"').waitFor();
    expect((await ann.call("GET", `/api/v1/holds/${id}`)).json["state"]).toBe("waiting");
    await page.getByLabel("Reason").fill("from my phone");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText(/was approved by ann at/).waitFor();
    await expect.poll(() => arrived(order), { timeout: PATIENCE_MS }).toHaveLength(1);
    expect((await ann.call("GET", `/api/v1/holds/${id}`)).json["decided"]).toMatchObject({
      by: "ann",
      how: "link",
      reason: "from my phone",
    });
    const audit = await dashboard.root.call("GET", `/api/v1/audit?on=${id}`);
    expect(audit.json.items?.map(({ action }) => action)).toEqual(["hold.approved", "hold.linked"]);
  }, 60_000);
});

/** Search: by a business key from the header, by an address that can be given on, and by a value in bodies. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";

const FILES = {
  "sources/github.yaml":
    "provider: github\nsecrets: ['${SECRET}']\ntags: { order: order.id, customer: customer.name }\n",
};
const EVENTS = 30;

describeWithBrowser("the search", () => {
  let dashboard: Dashboard;
  let vera: Client;
  const ids: string[] = [];

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    vera = await dashboard.person("vera", "viewer");
    for (let nth = 0; nth < EVENTS; nth++) {
      const customer = { name: `customer ${nth % 10}`, email: `c${nth}@example.org` };
      const body = JSON.stringify({ order: { id: `A-${4_700 + nth}` }, customer });
      const { json } = await post(dashboard.scene.router.hooks, { type: "issues", body });
      ids.push(json.id!);
    }
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  it("finds an event by its business key from the header, and the address finds it for others too", async () => {
    const page = await dashboard.page("/", vera);
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("order:A-4711");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Events", level: 1 }).waitFor();
    await expect
      .poll(() => page.getByRole("link", { name: /^issues/ }).count(), { timeout: PATIENCE_MS })
      .toBe(1);
    const { searchParams, pathname } = new URL(page.url());
    expect([pathname, searchParams.get("tag")]).toEqual(["/events", "order:A-4711"]);

    const other = await dashboard.page(page.url(), await dashboard.person("olaf", "viewer"));
    await other.getByRole("link", { name: new RegExp(ids[11]!.slice(-6)) }).click();
    await other.waitForURL(`**/events/${ids[11]}`);
    await other.getByRole("link", { name: "order:A-4711" }).waitFor();
    await other.goBack();
    await expect
      .poll(() => other.getByRole("link", { name: /^issues/ }).count(), { timeout: PATIENCE_MS })
      .toBe(1);
  }, 60_000);

  it("takes blanks between quotes, shows each filter, and takes it away again", async () => {
    const page = await dashboard.page("/events", vera);
    await page.getByLabel("Search", { exact: true }).fill('customer:"customer 3" source:github');
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await expect
      .poll(() => page.getByRole("link", { name: /^issues/ }).count(), { timeout: PATIENCE_MS })
      .toBe(3);
    await page.getByRole("link", { name: "Take away tag: customer:customer 3" }).click();
    await expect
      .poll(() => page.getByRole("link", { name: /^issues/ }).count(), { timeout: PATIENCE_MS })
      .toBe(EVENTS);
    expect(new URL(page.url()).search).toBe("?source=github");
  }, 60_000);

  it("streams what has a value at a path of its body", async () => {
    const page = await dashboard.page("/targets", vera);
    const field = page.getByRole("searchbox", { name: "Search by id, business key or value at a path" });
    await field.fill("customer.email=c17@example.org");
    await field.press("Enter");
    const hit = row(page, "Hits", ids[17]!.slice(-6));
    await hit.waitFor();
    await page.getByText("one hit").waitFor();
    const { searchParams } = new URL(page.url());
    expect(Object.fromEntries(searchParams)).toEqual({
      ...{ path: "customer.email", value: "c17@example.org", in: "body" },
    });
    await hit.getByRole("link").click();
    await page.waitForURL(`**/events/${ids[17]}*`);
    await page.getByRole("heading", { name: "issues from github" }).waitFor();
  }, 60_000);

  it("says what it looked at where nothing is found, and leads an id to its page", async () => {
    const page = await dashboard.page("/events?path=customer.email&value=nobody&in=body", vera);
    await page.getByText("No hit", { exact: true }).waitFor();
    await page.getByText(new RegExp(`Searched bodies: ${EVENTS} looked at, 0 hits`)).waitFor();
    const field = page.getByRole("searchbox", { name: "Search by id, business key or value at a path" });
    await field.fill(ids[3]!);
    await field.press("Enter");
    await page.waitForURL(`**/events/${ids[3]}`);
    await page.getByRole("link", { name: "order:A-4703" }).waitFor();
  }, 60_000);
});

/** A stopped line at the page: which it is, why, how many wait; and a person lets it go on. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";
import { status } from "../helpers/target.ts";

const FILES = {
  "routes/everything.yaml": "source: github\non: [push]\ntarget: api\norder: key\n",
  "routes/together.yaml":
    "source: github\non: [release]\ntransform: together\ntarget: api\nbatch: { max: 2, seconds: 60 }\n",
  "transforms/together.jsonata": '{ "all": $count($) }',
};

describeWithBrowser("a line", () => {
  let dashboard: Dashboard;
  let ada: Client;
  let vera: Client;

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    ada = await dashboard.person("ada", "operator");
    vera = await dashboard.person("vera", "viewer");
    dashboard.scene.target.answer = (arrival, response, nth) =>
      status((arrival.json as { bad?: boolean }).bad === true ? 422 : 200)(arrival, response, nth);
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  it("stands in the list with its key and how many wait, and goes on when its delivery is skipped", async () => {
    const { hooks } = dashboard.scene.router;
    const first = await post(hooks, { body: '{"key":"order <7>","n":1,"bad":true}' });
    for (const n of [2, 3]) await post(hooks, { body: JSON.stringify({ key: "order <7>", n }) });
    const hers = await dashboard.page("/lines", vera);
    await hers.getByText("order <7>").waitFor();
    expect(await hers.getByRole("button", { name: "Skip…" }).count()).toBe(0);

    const page = await dashboard.page("/lines", ada);
    const line = row(page, "Stopped lines", "order <7>");
    await line.getByText("FORWARD_STATUS_REFUSED").waitFor();
    await line.getByText("parked").waitFor();
    await line.getByText("2", { exact: true }).waitFor();
    await page.getByRole("link", { name: /^Stopped lines 1/ }).waitFor();
    await line.getByRole("button", { name: "Skip…" }).click();
    const dialog = page.getByRole("dialog", { name: "Skip the delivery of order <7>" });
    await dialog.getByText("the 2 behind it go on without it").waitFor();
    await dialog.getByRole("button", { name: "Skip", exact: true }).click();
    await page.getByText("No line is stopped").waitFor();
    const { arrivals } = dashboard.scene.target;
    await expect
      .poll(() => arrivals.map(({ json }) => (json as { n: number }).n), { timeout: PATIENCE_MS })
      .toEqual([1, 2, 3]);

    await page.goto(`/deliveries/${first.json.deliveries![0]!}`);
    await page.getByText("order of order <7>").waitFor();
    await page.getByText("dead", { exact: true }).first().waitFor();
  }, 90_000);

  it("of a batch has no key to show, and a delivery that went with it leads to what was made of all of them", async () => {
    const { hooks } = dashboard.scene.router;
    const sent = [1, 2].map((n) => post(hooks, { type: "release", body: JSON.stringify({ n }) }));
    const [one, other] = (await Promise.all(sent)).map(({ json }) => json.deliveries![0]!);
    const { arrivals } = dashboard.scene.target;
    await expect.poll(() => arrivals.filter(({ body }) => body === '{"all":2}').length).toBe(1);
    // Which of two sent at once came first is the router's to say.
    const { batch: first } = (await vera.call("GET", `/api/v1/deliveries/${one!}`)).json as { batch: string };
    const second = first === one ? other : one;
    const page = await dashboard.page(`/deliveries/${second!}`, vera);
    await page.getByText("It went with its batch").waitFor();
    expect(await page.getByText("batch of").count()).toBe(0);
    await page
      .getByText("It went with its batch")
      .getByRole("link", { name: new RegExp(first) })
      .click();
    await page.getByText("What the rule made").waitFor();
  }, 90_000);
});

/** What a person sees of deliveries that deviated or wait for their time, and of a source that is a schedule. */
import { afterAll, afterEach, beforeAll, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";
import { until } from "../helpers/until.ts";

describeWithBrowser("the dashboard", () => {
  let dashboard: Dashboard;
  let ada: Client;

  beforeAll(async () => {
    dashboard = await aDashboard({
      "routes/everything.yaml": "",
      "routes/strict.yaml": "source: github\non: [push]\ntarget: api\nexpect: { where: 'ok = true' }\n",
      "routes/later.yaml": "source: github\non: [later]\ntarget: api\ndelay: 3600\n",
      "sources/nightly.yaml": "schedule: { cron: '0 3 * * *', timeZone: Europe/Berlin }\n",
      "routes/nightly.yaml": "source: nightly\ntarget: api\n",
    });
    ada = await dashboard.person("ada", "operator");
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  const sent = async (type: string): Promise<string> =>
    (await post(dashboard.scene.router.hooks, { type, body: '{"a":1}' })).json.deliveries![0]!;

  it("says of a delivery that deviated what was expected and what came, finds it, and lets it be replayed", async () => {
    const { target, router } = dashboard.scene;
    target.answer = (_arrival, response) => void response.writeHead(200).end('{"ok":false}');
    const id = await sent("push");
    const state = async (): Promise<string> =>
      ((await (await router.ask(`/api/v1/deliveries/${id}`)).json()) as { state: string }).state;
    await until("it deviates", async () => (await state()) === "deviated");
    const page = await dashboard.page(`/deliveries/${id}`, ada);
    await page.getByText("deviated", { exact: true }).first().waitFor();
    await page
      .getByText(/expected `?where`? to be true of the answer, got false/)
      .first()
      .waitFor();
    await page.goto("/deliveries?state=deviated");
    await row(page, "Deliveries", "strict").first().waitFor();
    target.answer = (_arrival, response) => void response.writeHead(200).end('{"ok":true}');
    await page.goto(`/deliveries/${id}`);
    await page.getByRole("button", { name: "Replay", exact: true }).first().click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /Replay/ })
      .last()
      .click();
    await until("it is delivered", async () => (await state()) === "delivered");
  }, 90_000);

  it("says of a delivery that waits until when, and for what", async () => {
    const id = await sent("later");
    const page = await dashboard.page(`/deliveries/${id}`, ada);
    await page.getByText("Waits until").waitFor();
    await page.getByText("the route's delay of 3600 s").waitFor();
  }, 60_000);

  it("says of a schedule when it ticks, in place of where to post", async () => {
    const page = await dashboard.page("/sources", ada);
    const nightly = row(page, "Sources", "nightly");
    await nightly.getByText("a schedule").waitFor();
    await nightly.getByText("(Europe/Berlin)").waitFor();
    await nightly.getByText("next").waitFor();
  }, 60_000);
});

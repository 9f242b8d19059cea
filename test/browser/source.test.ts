/** A source's page: what is learned of its calls and bodies, what has changed in them, and learning anew. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Habits } from "../../src/admin/shapes/habits.ts";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, region, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";
import { until } from "../helpers/until.ts";

const FILES = {
  "transforms/named.jsonata": '{ "who": sender.login, "n": n }\n',
  "routes/everything.yaml": "source: github\ntarget: api\ntransform: named\n",
};

describeWithBrowser("the page of a source", () => {
  let dashboard: Dashboard;
  let ada: Client;
  let vera: Client;

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    ada = await dashboard.person("ada", "operator");
    vera = await dashboard.person("vera", "viewer");
    const { router } = dashboard.scene;
    const send = (body: object) => post(router.hooks, { type: "push", body: JSON.stringify(body) });
    const habits = async (): Promise<Habits> =>
      (await (await router.ask("/api/v1/sources/github/habits")).json()) as Habits;
    await until("the shape is known", async () => {
      for (let n = 0; n < 10; n++) await send({ n, sender: { login: "ada" } });
      return ((await habits()).types[0]?.samples ?? 0) >= 30;
    });
    await until("the change is known", async () => {
      await send({ n: "twelve", sender: { login: "ada" } });
      return (await habits()).types[0]!.drifts.length > 0;
    });
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  it("tells a field that is retyped with the rules that read it, and leads to the first such event", async () => {
    const page = await dashboard.page("/sources/github", vera);
    const changed = row(page, "What has changed", "/n");
    await changed.getByText("retyped: number → text").waitFor();
    await changed.getByText("transforms/named.jsonata").waitFor();
    await region(page, "When it calls").getByText("its usual hours are being learned").waitFor();
    await row(page, "Fields of push", "/sender/login").getByText("text").waitFor();
    expect(await page.getByRole("button", { name: "Learn anew" }).count()).toBe(0);
    await changed.getByRole("link").click();
    await page.waitForURL(/\/events\/evt_/);
  }, 90_000);

  it("lets an operator have its bodies learned anew, which forgets what has changed", async () => {
    const page = await dashboard.page("/sources/github", ada);
    await row(page, "What has changed", "/n").waitFor();
    await page.getByRole("button", { name: "Learn anew" }).click();
    const dialog = page.getByRole("dialog", { name: /^Learn anew how bodies of github look/ });
    await dialog.getByRole("button", { name: "Learn anew" }).click();
    await page.getByText("Its bodies look as they always did").waitFor();
  }, 90_000);
});

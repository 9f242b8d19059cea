/** A target fails: the page says which, why and since when; it is mended, and what died is replayed together. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, region, row, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";
import { status, type Answering } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

/** Down at first, then up again with a mind of its own; pings it never takes. */
const faulty: Answering = (arrival, response, nth) => {
  if (nth === 1 || arrival.headers["x-kind"] === "ping") return status(500)(arrival, response, nth);
  response.writeHead(422, { "content-type": "application/json" });
  response.end(
    JSON.stringify({ error: "The field colour is missing", request: arrival.headers["webhook-id"] }),
  );
};

const FILES = {
  "targets/pings.yaml":
    "url: ${TARGET}/pings\nheaders: { x-kind: ping }\nretry: { attempts: 2, firstDelaySeconds: 0.1, maxDelaySeconds: 1 }\n",
  "routes/everything.yaml": "source: github\non: [push]\ntarget: api\n",
  "routes/pings.yaml": "source: github\non: [ping]\ntarget: pings\n",
};
const PUSHES = 12;

describeWithBrowser("a failing target", () => {
  let dashboard: Dashboard;
  let ada: Client;

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    ada = await dashboard.person("ada", "operator");
    dashboard.scene.target.answer = faulty;
    const { hooks } = dashboard.scene.router;
    for (let nth = 0; nth < PUSHES; nth++) await post(hooks, { body: JSON.stringify({ nth, colour: null }) });
    await post(hooks, { type: "ping", body: "{}" });
    await until(
      "all are dead",
      async () => {
        const answer = await ada.call("GET", "/api/v1/overview");
        return answer.json["deadLetters"] === PUSHES + 1;
      },
      { withinMs: PATIENCE_MS, everyMs: 100 },
    );
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  it("is named on the overview, with what it answers and since when", async () => {
    const page = await dashboard.page("/", ada);
    await page.getByText(/To look at: .*api is failing/).waitFor();
    const failing = row(page, "Targets, the worst first", /Most often: it answers (500|422)/).filter({
      hasText: "api",
    });
    await failing.getByText("failing", { exact: true }).first().waitFor();
    await failing
      .getByText(/\d+ of \d+ attempts failed in 15 minutes/)
      .first()
      .waitFor();
    await failing
      .getByText(/Since (just now|\d+ s ago|\d min ago)\./)
      .first()
      .waitFor();
    await page.getByRole("link", { name: `Dead letters ${PUSHES + 1} dead letters` }).click();
    await page.getByRole("heading", { name: "Dead letters", level: 1 }).waitFor();
  }, 60_000);

  it("has its dead letters grouped by cause, each with what is usually done", async () => {
    const page = await dashboard.page("/dead-letters", ada);
    await page.getByText(`${PUSHES + 1} deliveries of 2 causes`).waitFor();
    const refused = row(page, "Causes of dead letters", "422");
    await refused.getByText("api understands the request but refuses what is in it").waitFor();
    await refused.getByText("The field colour is missing").waitFor();
    expect(await refused.getByRole("cell").nth(2).innerText()).toContain(String(PUSHES));
    expect(await row(page, "Causes of dead letters", "500").getByRole("cell").nth(2).innerText()).toContain(
      "1",
    );
    await refused.getByRole("link").first().click();
    await page.getByRole("heading", { name: "Dead letters of api", level: 1 }).waitFor();
    await region(page, "Deliveries").getByRole("row").nth(PUSHES).waitFor();
  }, 60_000);

  it("once mended, gets them again together: previewed, followed, delivered, and none is dead any more", async () => {
    const { target } = dashboard.scene;
    target.answer = status(200);
    target.arrivals.length = 0;
    const page = await dashboard.page("/dead-letters", ada);
    for (const [code, count] of [
      ["422", PUSHES],
      ["500", 1],
    ] as const) {
      await row(page, "Causes of dead letters", code).getByRole("link").first().click();
      await page.getByRole("button", { name: "Replay all…" }).click();
      const dialog = page.getByRole("dialog", { name: "Replay together" });
      await dialog.getByRole("table", { name: "A sample" }).waitFor();
      await dialog.getByText("Takes about").waitFor();
      const begin = dialog.getByRole("button", { name: `Replay ${count}`, exact: true });
      expect(await begin.isDisabled(), "without a reason").toBe(true);
      expect(target.arrivals.length, "a preview sends nothing").toBe(code === "422" ? 0 : PUSHES);
      await dialog.getByLabel("Reason").fill(`${code} is mended`);
      await begin.click();

      await page.getByRole("heading", { name: `${code} is mended`, level: 1 }).waitFor();
      await region(page, "Progress").getByText(`${count} of ${count}`).waitFor();
      await page.getByText("done", { exact: true }).waitFor();
      expect(await page.getByRole("progressbar").getAttribute("aria-valuenow")).toBe(String(count));
      await page.getByRole("link", { name: /^Dead letters/ }).click();
      await page.getByRole("heading", { name: "Dead letters", level: 1 }).waitFor();
    }
    await until("all arrived", () => target.arrivals.length === PUSHES + 1);
    expect(new Set(target.arrivals.map(({ headers }) => headers["webhook-id"])).size).toBe(PUSHES + 1);
    await page.getByText("No dead letters").waitFor();

    await page.goto("/replays");
    await row(page, "Replays", "422 is mended").getByText("done").waitFor();
    await page.goto("/deliveries?state=delivered");
    await page
      .getByRole("row")
      .nth(PUSHES + 1)
      .waitFor();
  }, 90_000);
});

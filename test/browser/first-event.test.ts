/** From the first start to the first translated event: by the printed link, in three clicks. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { region, visits, type Visits } from "../helpers/dashboard.ts";
import { PASSWORD } from "../helpers/people.ts";
import { aRouter, type RunningRouter } from "../helpers/router.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

describeWithBrowser("the first start", () => {
  let dataDir: string;
  let router: RunningRouter;
  let pages: Visits;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "signalbox-first-"));
    const environment = { SIGNALBOX_DEMO_PORT: "0" };
    router = await aRouter({ dir: root, dataDir, environment, arguments: ["--demo"] });
    pages = await visits(router.admin);
  }, 60_000);
  afterEach(() => pages.leave());
  afterAll(async () => {
    await pages?.close();
    await router?.end();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  });

  it("leads a newcomer from the printed link to the sample's waterfall in three clicks", async () => {
    const page = await pages.page(router.setup ?? "");
    let clicks = 0;
    await page.getByLabel("Your name").fill("ada");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("Password again").fill(PASSWORD);
    expect(page.url(), "the token is not in the address any more").toBe(`${router.admin}/setup`);
    await page.getByRole("button", { name: "Create the account" }).click();
    clicks++;
    const latest = page.getByRole("table", { name: "Latest events" });
    await latest.getByRole("link", { name: /github · push/ }).click();
    clicks++;

    await page.getByRole("heading", { name: "push from github", level: 1 }).waitFor();
    const waterfall = region(page, "What happened");
    await waterfall.getByText("POST /hooks/github").waitFor();
    await waterfall.getByText("verified", { exact: true }).waitFor();
    const delivery = waterfall.getByRole("group", { name: "Delivery on github-push-to-chat" });
    await delivery.getByText("delivered", { exact: true }).waitFor();
    expect(await delivery.getByText("200", { exact: true }).count()).toBe(1);
    expect(await delivery.locator("[title^='request']").count(), "a bar for the request").toBe(1);
    expect(clicks).toBeLessThanOrEqual(3);

    const body = page.getByRole("region", { name: "Body on github-push-to-chat" });
    expect(await body.innerText()).toContain('"ref": "refs/heads/master"');
    const result = page.getByRole("region", { name: "Result on github-push-to-chat" });
    expect(await result.innerText()).toContain("Codertocat pushed");
    await page.getByText("Result satisfies").waitFor();
    await region(page, "Routes").getByText("takes it").waitFor();
  }, 60_000);

  it("takes the link no second time, and the account logs in", async () => {
    const late = await pages.page(router.setup ?? "");
    await late.getByLabel("Your name").fill("eve");
    await late.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await late.getByLabel("Password again").fill(PASSWORD);
    await late.getByRole("button", { name: "Create the account" }).click();
    await late.getByRole("alert").getByText("ADMIN_LINK_OVER").waitFor();

    const page = await pages.page("/targets");
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Targets", level: 1 }).waitFor();
    expect(page.url(), "where the address led").toBe(`${router.admin}/targets`);
  }, 60_000);
});

/** The playground: a rule is edited beside a captured event, wrong and hostile ones too, and nothing else is hurt by it. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";

const FILES = {
  "routes/everything.yaml": "source: github\ntransform: shout\ntarget: api\n",
  "transforms/shout.jsonata": '{\n  "text": $uppercase(issue.title)\n}\n',
  "transforms/shout.yaml": "output: shout\n",
  "schemas/shout.json": JSON.stringify({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    required: ["text"],
    properties: { text: { type: "string", maxLength: 40 } },
  }),
};

describeWithBrowser("the playground", () => {
  let dashboard: Dashboard;
  let arthur: Client;
  let event: string;

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    arthur = await dashboard.person("arthur", "author");
    const body = JSON.stringify({ issue: { title: "it does not start", number: 7 } });
    const { json } = await post(dashboard.scene.router.hooks, { type: "issues", body });
    event = json.id!;
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  const open = async (): Promise<Page> => {
    const page = await dashboard.page(`/playground?rule=shout&event=${event}`, arthur);
    await expect.poll(() => made(page), { timeout: PATIENCE_MS }).toContain('"text": "IT DOES NOT START"');
    await rule(page).waitFor();
    return page;
  };
  /** The editor, once it has been loaded in place of the plain field. */
  const rule = (page: Page) => page.locator(".cm-content[aria-label='Rule in JSONata']");
  const made = async (page: Page): Promise<string> => {
    const result = page.getByRole("region", { name: "What the rule made" });
    return (await result.count()) === 0 ? "" : result.innerText();
  };
  const replace = async (page: Page, text: string): Promise<void> => {
    await rule(page).click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(text);
  };

  it("has two columns where there is room, and each panel begins at the edge of one", async () => {
    const page = await open();
    const left = async (title: string): Promise<number> =>
      (await page.getByRole("heading", { name: title, exact: true }).boundingBox())!.x;
    for (const width of [1_300, 1_800]) {
      await page.setViewportSize({ width, height: 1_000 });
      expect(await left("Explained"), `${width}`).toBe(await left("Rule"));
      expect(await left("Result"), `${width}`).toBe(await left("Keep it"));
      expect(await left("Result"), `${width}`).toBeGreaterThan(await left("Rule"));
    }
  });

  it("shows the rule of the file beside the captured event, and the result as one types", async () => {
    const page = await open();
    expect(await rule(page).getAttribute("role")).toBe("textbox");
    await page.getByText("captured", { exact: true }).waitFor();
    expect(await made(page), "where a value was taken over from").not.toContain("←");
    await replace(page, "issue.number ");
    await expect.poll(() => made(page), { timeout: PATIENCE_MS }).toMatch(/^7\b/);
    await page.keyboard.type("* 6");
    await expect.poll(() => made(page), { timeout: PATIENCE_MS }).toMatch(/^42\b/);
    await page.getByText("Edited; the router runs").waitFor();
    await page.getByRole("button", { name: "As in the file" }).click();
    await expect.poll(() => made(page), { timeout: PATIENCE_MS }).toContain("IT DOES NOT START");
    await page.getByText("no problem").waitFor();
  }, 60_000);

  it("names the line of a mistake, and what mends it", async () => {
    const page = await open();
    await replace(page, '{\n  "text": $uppercas(issue.title)\n}');
    const problems = page.getByRole("list", { name: "Problems" });
    await problems.getByText(/^2:\d+ /).waitFor();
    await problems.getByText(/\$uppercase/).waitFor();
    await problems.getByRole("link", { name: /^(RULE|TRANSFORM)_/ }).waitFor();
    await expect.poll(() => page.locator(".cm-lintRange-error").count(), { timeout: PATIENCE_MS }).toBe(1);

    await replace(page, '{\n  "text": "a",\n  "more": \n}');
    await problems.getByText(/^[34]:\d+ /).waitFor();
    await replace(page, '{ "text": "all is well" }');
    await expect.poll(() => made(page), { timeout: PATIENCE_MS }).toContain("all is well");
    expect(await problems.count()).toBe(0);
  }, 60_000);

  it("holds the result against the schema, and leads to the part that it breaks", async () => {
    const page = await open();
    await replace(page, '{ "text": issue.number }');
    const problems = page.getByRole("list", { name: "Problems" });
    const link = problems.getByRole("link", { name: "The part of the schema" });
    await link.waitFor();
    const [part] = await Promise.all([page.waitForEvent("popup"), link.click()]);
    await part.waitForLoadState();
    expect(part.url()).toContain("/docs/schemas/shout");
    expect(await part.getByText("text").count()).toBeGreaterThan(0);
  }, 60_000);

  it("ends a rule without end, and one that is too large, with a problem; the page and the router live", async () => {
    const page = await open();
    const problems = page.getByRole("list", { name: "Problems" });
    for (const hostile of [
      "($f := function($x) { $f($x + 1) }; $f(0))",
      "$count([1..9000000].[1..9000000])",
      "($f := function($x) { 1 + $f($x) }; $f(0))",
    ]) {
      await replace(page, hostile);
      await problems.getByRole("link", { name: "TRANSFORM_LIMIT_EXCEEDED" }).waitFor();
      await replace(page, `{ "text": "after " & ${hostile.length} }`);
      await expect.poll(() => made(page), { timeout: PATIENCE_MS }).toContain(`after ${hostile.length}`);
      expect(await problems.count()).toBe(0);
    }
    const body = JSON.stringify({ issue: { title: "still delivered" } });
    const { status } = await post(dashboard.scene.router.hooks, { type: "issues", body });
    expect(status).toBe(202);
    await expect
      .poll(() => dashboard.scene.target.arrivals.map(({ json }) => json), { timeout: PATIENCE_MS })
      .toContainEqual({ text: "STILL DELIVERED" });
  }, 90_000);

  it("says where a body breaks, and takes one that is typed in place of the captured one", async () => {
    const page = await open();
    const body = page.locator(".cm-content[aria-label='Body']");
    await body.click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText('{ "issue": { "title": "mine" ');
    await page
      .locator("p.bad")
      .filter({ hasText: /JSON|line|end/i })
      .waitFor();
    await page.keyboard.insertText("} }");
    await expect.poll(() => made(page), { timeout: PATIENCE_MS }).toContain('"text": "MINE"');
    await page.getByText("edited", { exact: true }).waitFor();
    await page.getByRole("button", { name: "As captured" }).click();
    await expect.poll(() => made(page), { timeout: PATIENCE_MS }).toContain("IT DOES NOT START");
  }, 60_000);
});

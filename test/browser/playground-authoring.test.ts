/** The playground as a place to write rules: types and problems, completion, what each part yields, and a patch for git. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Download, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { runCases } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import type { Client } from "../helpers/people.ts";

const RULE = '{\n  "text": $uppercase(issue.title)\n}\n';
const FILES = {
  "routes/everything.yaml": "source: github\nwhen: issue.number > 1\ntransform: shout\ntarget: api\n",
  "transforms/shout.jsonata": RULE,
  "transforms/shout.yaml": "input: issue\noutput: shout\n",
  "schemas/issue.json": JSON.stringify({
    type: "object",
    required: ["issue"],
    properties: {
      issue: {
        type: "object",
        required: ["title", "number"],
        properties: {
          title: { type: "string", maxLength: 40 },
          number: { type: "integer" },
          opener: { type: "object", properties: { email: { type: "string" } } },
        },
      },
    },
  }),
  "schemas/shout.json": JSON.stringify({
    type: "object",
    required: ["text"],
    additionalProperties: false,
    properties: { text: { type: "string", maxLength: 120 }, tone: { type: "string" } },
  }),
};

describeWithBrowser("writing a rule in the playground", () => {
  let dashboard: Dashboard;
  let arthur: Client;
  let event: string;

  beforeAll(async () => {
    dashboard = await aDashboard(FILES);
    arthur = await dashboard.person("arthur", "author");
    const body = JSON.stringify({
      issue: { title: "it does not start", number: 7, opener: { email: "ada@lovelace.example.org" } },
    });
    const { json } = await post(dashboard.scene.router.hooks, { type: "issues", body });
    event = json.id!;
  }, 120_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  const rule = (page: Page) => page.locator(".cm-content[aria-label='Rule in JSONata']");
  const open = async (): Promise<Page> => {
    const page = await dashboard.page(`/playground?rule=shout&event=${event}&route=everything`, arthur);
    await rule(page).waitFor();
    await page.getByText("no problem").waitFor();
    return page;
  };
  const replace = async (page: Page, text: string): Promise<void> => {
    await rule(page).click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(text);
  };
  const problems = (page: Page) => page.getByRole("list", { name: "Problems" });

  it("tells what check would tell, as one types: a path that is not there, a result that does not fit", async () => {
    const page = await open();
    await replace(page, '{ "text": issue.titl ?: "none" }');
    await problems(page).getByText("Did you mean").waitFor();
    await problems(page).getByRole("link", { name: "RULE_PATH_UNKNOWN" }).waitFor();
    await replace(page, '{ "text": $uppercase(issue.title & " and so on") }');
    await problems(page).getByRole("link", { name: "RULE_FIELD_LIMIT" }).waitFor();
    expect(await problems(page).locator("li").count()).toBe(1);
    await expect.poll(() => page.locator(".cm-lintRange-warning").count(), { timeout: PATIENCE_MS }).toBe(1);
    await replace(page, RULE);
    await page.getByText("no problem").waitFor();
    expect(await problems(page).count()).toBe(0);
  }, 120_000);

  it("completes the fields of the input schema, the keys of the result, and functions", async () => {
    const page = await open();
    const offers = page.locator(".cm-tooltip-autocomplete li");
    const offered = (): Promise<string[]> => offers.allInnerTexts();
    await replace(page, '{ "text": issue');
    await page.keyboard.type(".");
    await expect
      .poll(offered, { timeout: PATIENCE_MS })
      .toEqual([
        expect.stringMatching(/^number\s*whole number$/),
        expect.stringMatching(/^opener\s*object, optional$/),
        expect.stringMatching(/^title\s*text$/),
      ]);
    await page.keyboard.type("ti");
    await expect.poll(async () => (await offered()).length, { timeout: PATIENCE_MS }).toBe(1);
    await offers.first().click();
    await expect.poll(() => rule(page).innerText(), { timeout: PATIENCE_MS }).toContain("issue.title");
    await replace(page, "{ ");
    await page.keyboard.type('"');
    await expect
      .poll(offered, { timeout: PATIENCE_MS })
      .toEqual([expect.stringMatching(/^text\s*text, required$/), expect.stringMatching(/^tone\s*text$/)]);
    await replace(page, "( $loud := 1; ");
    await page.keyboard.type("$lo");
    await expect.poll(offered, { timeout: PATIENCE_MS }).toContain("$loud");
    expect(await offered()).toContain("$lowercase");
  }, 120_000);

  it("explains what each part yields on the event, and why the route does not take a body", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Explain" }).click();
    const parts = page.getByRole("region", { name: "The parts of the rule" });
    await parts.getByText('"IT DOES NOT START"').first().waitFor();
    expect(await parts.getByRole("row").allInnerTexts()).toContainEqual(
      expect.stringMatching(/^2:\d+\s+issue\.title\s+"it does not start"$/),
    );
    await replace(page, '{ "text": issue.titel ?: "none" }');
    await page.getByText("no `titel`").or(page.getByText("there are title")).first().waitFor();
    await page.locator(".cm-content[aria-label='Body']").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText('{ "issue": { "title": "a", "number": 1 } }');
    await page.getByText("The route does not take it").waitFor();
  }, 120_000);

  it("hands over a patch: the edited rule with the event as a case, without personal data; git applies it", async () => {
    const page = await open();
    await replace(
      page,
      '{\n  "text": $uppercase(issue.title),\n  "tone": issue.opener.email ?: "unknown"\n}\n',
    );
    await page.getByText("no problem").waitFor();
    const saved = async (button: string): Promise<string> => {
      const [download] = await Promise.all([
        page.waitForEvent("download") as Promise<Download>,
        page.getByRole("button", { name: button }).click(),
      ]);
      expect(download.suggestedFilename()).toBe("shout.patch");
      return readFileSync(await download.path(), "utf8");
    };
    const alone = await saved("Download the patch");
    expect(alone).toContain('+  "tone": issue.opener.email');
    expect(alone).not.toContain("shout.yaml");
    await page.getByLabel("Name of the case").fill("an issue with an opener");
    const whole = await saved("Save as case");
    expect(whole).not.toContain("lovelace.example");
    await page.getByText("Taken out of the body").waitFor();
    await page.getByText("/issue/opener/email").waitFor();
    const { dir } = dashboard.scene;
    execFileSync("git", ["apply", "-"], { cwd: dir, input: whole });
    expect(readFileSync(join(dir, "transforms/shout.jsonata"), "utf8")).toContain("tone");
    const { workspace, problems: wrong } = await loadWorkspace(dir, {
      SECRET: "s",
      TARGET: "https://x.example",
    });
    expect(wrong).toEqual([]);
    expect((await runCases(workspace!)).map(({ name, ok }) => [name, ok])).toEqual([
      ["an issue with an opener", true],
    ]);
    await page.getByRole("button", { name: "As in the file" }).click();
    await page.getByText("no problem").waitFor();
  }, 120_000);
});

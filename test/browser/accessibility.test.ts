/** Everybody can use the pages: axe finds nothing serious on any, wide in the light and narrow in the dark; and the keyboard alone is enough. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aBrowser, aPage, describeWithBrowser } from "../helpers/browser.ts";
import { aBusyRouter, type Busy } from "../helpers/busy.ts";
import { PASSWORD } from "../helpers/people.ts";
import { PLACES, goTo, visitor } from "../helpers/places.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

/** What axe finds, without the best practices that are no rule of WCAG but with all that it calls serious or critical. */
async function findings(page: Page): Promise<Finding[]> {
  return page.evaluate<Finding[]>(`(async () => {
    if (!window.axe) { ${AXE} }
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 4).map(({ html, failureSummary }) => html.slice(0, 160) + " " + (failureSummary ?? "").replace(/\\s+/g, " ").slice(0, 200)) }));
  })()`);
}

describeWithBrowser("accessibility", () => {
  let busy: Busy;
  let browser: Browser;

  beforeAll(async () => {
    busy = await aBusyRouter();
    browser = await aBrowser();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await busy?.close();
  });

  it("would be found missing: axe sees a button without a name", async () => {
    const { page, context } = await visitor(browser, busy, { outside: true });
    await page.goto(`${busy.router.admin}/login`);
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.evaluate(`document.querySelector("form").append(document.createElement("button"))`);
    expect((await findings(page)).map(({ id }) => id)).toContain("button-name");
    await context.close();
  });

  describe.each([
    ["light", { width: 1280, height: 900 }],
    ["dark", { width: 390, height: 844 }],
  ] as const)("in the %s", (colorScheme, viewport) => {
    /** One for all places: what the browser has loaded once it need not load again. */
    let visitors: Record<"inside" | "outside", { page: Page; context: BrowserContext }>;

    beforeAll(async () => {
      const options = { colorScheme, viewport, reducedMotion: "reduce" } as const;
      visitors = {
        inside: await visitor(browser, busy, options),
        outside: await visitor(browser, busy, { ...options, outside: true }),
      };
    });
    afterAll(async () => {
      for (const { context } of Object.values(visitors ?? {})) await context.close();
    });

    it.each(PLACES.map((place) => [place.name, place] as const))(
      "%s has no serious finding",
      async (_name, place) => {
        const { page } = visitors[place.outside === true ? "outside" : "inside"];
        await goTo(page, busy, place);
        expect(await findings(page)).toEqual([]);
      },
    );
  });

  it("a keyboard is enough to log in, find an event, open it, replay it and come back, and shows where it is", async () => {
    const { page, context, errors } = await aPage(browser);
    page.setDefaultTimeout(15_000);
    /** Tab until something of this name has the focus; whatever has it on the way shows so. */
    const tabTo = async (name: RegExp, most = 60): Promise<void> => {
      for (let tabs = 0; tabs < most; tabs++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate<{ name: string; shown: boolean }>(`(() => {
          const element = document.activeElement;
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
          const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ");
          const name = [element.getAttribute("aria-label"), labels, element.textContent].filter(Boolean).join(" ").trim();
          const shown = element === document.body || (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
          return { name, shown };
        })()`);
        expect(at.shown, `the focus on “${at.name.slice(0, 80)}” is seen`).toBe(true);
        if (name.test(at.name)) return;
      }
      throw new Error(`Tab did not reach ${String(name)} in ${most} steps.`);
    };
    await page.goto(`${busy.router.admin}/login`);
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await tabTo(/^Name/);
    await page.keyboard.type("grace");
    await tabTo(/^Password/);
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.getByRole("heading", { level: 1, name: "Events" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("type:push repository:acme/checkout");
    await page.keyboard.press("Enter");
    await page.waitForURL(/tag=repository/);
    const first = page.locator("main [data-row-link]").first();
    await first.waitFor();
    await page.keyboard.press("j");
    expect(await first.evaluate((element) => element.matches(":focus"))).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "push from github" }).waitFor();
    const address = page.url();
    await tabTo(/^Replay…$/);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog
      .getByText(/no difference|Would be sent now/)
      .first()
      .waitFor();
    await tabTo(/^Replay$/);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page
      .getByText(/on (its|their) way/)
      .first()
      .waitFor();
    expect(page.url()).toBe(address);
    // Where the dialog was opened from, one goes on.
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Replay…");
    // Alt+Left is the browser window's own key, and a headless one has no window: its deed instead.
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Events" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  }, 90_000);
});

/** A browser whose language is none that Intl knows, as in the C locale: plots are drawn all the same. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aBrowser, aPage, describeWithBrowser } from "../helpers/browser.ts";
import { PATIENCE_MS } from "../helpers/dashboard.ts";
import { setUp, type Client } from "../helpers/people.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import type { Browser } from "playwright-core";

describeWithBrowser("plots", () => {
  let scene: Scene;
  let root: Client;
  let browser: Browser;

  beforeAll(async () => {
    scene = await aScene({});
    root = await setUp(scene.router.admin, scene.router.setup);
    browser = await aBrowser();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  it.each(["en-US@posix", "c", "de_DE.UTF-8", "", "de-AT"])(
    "are drawn where the browser says that its language is %j",
    async (language) => {
      const { admin } = scene.router;
      const { page, context, errors } = await aPage(browser, { baseURL: admin });
      try {
        context.setDefaultTimeout(PATIENCE_MS);
        await page.addInitScript(
          `Object.defineProperty(Navigator.prototype, "language", { get: () => ${JSON.stringify(language)} })`,
        );
        const [name = "", value = ""] = (root.cookie ?? "").split("=");
        const url = admin.replace("http:", "https:");
        await context.addCookies([{ name, value, url, secure: true, httpOnly: true }]);
        await page.goto("/");
        await page.locator(".uplot canvas").first().waitFor();
        expect(errors).toEqual([]);
      } finally {
        await context.close();
      }
    },
    60_000,
  );
});

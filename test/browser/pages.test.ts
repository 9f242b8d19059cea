/** Every page, with something on it: it comes up whole, without an error, and as wide as the screen. With SIGNALBOX_SCREENSHOTS a picture of each is written there. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PAGE_PATHS } from "../../src/dashboard/shell/paths.ts";
import { aBrowser, describeWithBrowser } from "../helpers/browser.ts";
import { aBusyRouter, type Busy } from "../helpers/busy.ts";
import { picture, pictures } from "../helpers/picture.ts";
import { PLACES, goTo, visitor } from "../helpers/places.ts";
import { watch, type Watch } from "../helpers/watch.ts";

/** Those of which there are pictures in the dark and on a narrow screen too. */
const SHOWN_TWICE = ["overview", "event"];
const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1280, height: 900 };

describeWithBrowser("every page", () => {
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

  it("is among those that are visited here", () => {
    const visited = PLACES.map(({ path }) => path(busy.ids).split(/[?#]/)[0]!);
    const missing = PAGE_PATHS.filter(
      (path) => !visited.some((one) => new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`).test(one)),
    );
    // The invitation is the page of the set-up with other words.
    expect(missing).toEqual(["/invite"]);
  });

  describe.each([
    ["light", WIDE],
    ["dark", NARROW],
  ] as const)("in the %s", (colorScheme, viewport) => {
    /** One for all places: what the browser has loaded once it need not load again. */
    let visitors: Record<"inside" | "outside", { page: Page; context: BrowserContext; watched: Watch }>;

    beforeAll(async () => {
      const options = { colorScheme, viewport, timezoneId: "Europe/Berlin", locale: "en" } as const;
      const one = async (outside: boolean) => {
        const made = await visitor(browser, busy, { ...options, reducedMotion: "reduce", outside });
        return { ...made, watched: await watch(made.page, made.context, busy.router.admin) };
      };
      visitors = { inside: await one(false), outside: await one(true) };
    });
    afterAll(async () => {
      for (const { context } of Object.values(visitors ?? {})) await context.close();
    });

    it.each(PLACES.map((place) => [place.name, place] as const))("%s comes up whole", async (name, place) => {
      const { page, watched } = visitors[place.outside === true ? "outside" : "inside"];
      await goTo(page, busy, place);
      const { inner, whole } = await page.evaluate<{ inner: number; whole: number }>(
        "({ inner: document.documentElement.clientWidth, whole: document.documentElement.scrollWidth })",
      );
      expect(whole, "wider than the screen").toBeLessThanOrEqual(inner);
      await watched.look();
      expect(watched.seen.splice(0)).toEqual([]);
      const twice = SHOWN_TWICE.includes(name);
      if (viewport === WIDE) await picture(page, name);
      else if (twice) await picture(page, `${name}-narrow`);
    });
  });

  // Only the pictures need it.
  const itForPictures = pictures === undefined ? () => undefined : it;
  itForPictures("is shown in the dark on a wide screen", async () => {
    for (const place of PLACES.filter(({ name }) => SHOWN_TWICE.includes(name))) {
      const { page, context } = await visitor(browser, busy, { colorScheme: "dark", viewport: WIDE });
      await goTo(page, busy, place);
      await picture(page, `${place.name}-dark`);
      await context.close();
    }
  });
});

/** Pictures of pages for the documents, where they are wanted: `npm run screenshots`. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";

/** The folder. */
export const pictures = process.env["SIGNALBOX_SCREENSHOTS"];

/** The most of a long page, in px: as far as a reader would scroll. */
const TALL = 1_500;

/** Writes what the screen shows, and of a long page what lies below it. Nothing where no pictures are wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  const screen = page.viewportSize();
  if (pictures === undefined || screen === null) return;
  const { width, height } = screen;
  const whole = await page.evaluate<number>("document.documentElement.scrollHeight");
  const open = (await page.getByRole("dialog").count()) > 0;
  await page.setViewportSize({ width, height: open ? height : Math.min(Math.max(whole, height), TALL) });
  // Plots are drawn anew in the new size.
  await page.evaluate(
    "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))",
  );
  const path = join(pictures, `${name}.jpg`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await page.screenshot({ type: "jpeg", quality: 70 }));
}

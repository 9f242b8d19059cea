/** What the tests of this folder rely on: what goes wrong on a page does not go by unseen. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aBrowser, aPage, describeWithBrowser } from "../helpers/browser.ts";
import { aTarget, type TargetServer } from "../helpers/target.ts";

describeWithBrowser("a page of a test", () => {
  let browser: Awaited<ReturnType<typeof aBrowser>>;
  let own: TargetServer;
  let other: TargetServer;

  beforeAll(async () => {
    browser = await aBrowser();
    other = await aTarget();
    own = await aTarget(({ path }, response) => {
      if (path === "/broken") return void response.writeHead(500).end();
      const policy = "default-src 'self'; script-src 'unsafe-inline'; connect-src *";
      response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy });
      response.end(`<img src="${other.url}/refused.png"><script>
        fetch("/broken"); fetch("${other.url}/elsewhere", { mode: "no-cors" });
        setTimeout(() => { throw new Error("by the page"); });
      </script>`);
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await Promise.all([own?.close(), other?.close()]);
  });

  it("tells of an error thrown, of what its policy refused, of a 5xx, and of a call to elsewhere", async () => {
    const { page, context, errors } = await aPage(browser, { baseURL: own.url });
    await page.goto("/");
    await expect.poll(() => errors.join("\n")).toContain("thrown: by the page");
    await expect.poll(() => errors.join("\n")).toContain("refused by the policy: ");
    await expect.poll(() => errors.join("\n")).toContain(`answered 500: ${own.url}/broken`);
    await expect.poll(() => errors.join("\n")).toContain(`called elsewhere: ${other.url}/elsewhere`);
    await context.close();
  }, 60_000);
});

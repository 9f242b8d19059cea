/** One-time codes, log-in, log-out, a new password, and a session that an admin ends, all at the page. */
import { Secret, TOTP } from "otpauth";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, region, row, type Dashboard } from "../helpers/dashboard.ts";
import { PASSWORD } from "../helpers/people.ts";

const STEP_MS = 30_000;

describeWithBrowser("an account", () => {
  let dashboard: Dashboard;
  let secret: string;

  beforeAll(async () => {
    dashboard = await aDashboard();
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  /** Each code counts once, so that of the next step is taken where this one's was used. */
  const code = (stepsAhead = 0): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({
      timestamp: Date.now() + stepsAhead * STEP_MS,
    });
  const filled = async (page: Page, name: string, password: string): Promise<void> => {
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(password);
  };
  const enter = (page: Page) => page.getByRole("button", { name: "Log in", exact: true }).click();
  const asksLogIn = (page: Page) => page.getByRole("heading", { name: "Log in", level: 1 }).waitFor();

  it("turns on one-time codes, and logs in with one from then on", async () => {
    const tina = await dashboard.person("tina", "viewer");
    const page = await dashboard.page("/account", tina);
    const codes = region(page, "One-time codes");
    await codes.getByText("off", { exact: true }).waitFor();
    await codes.getByRole("button", { name: "Set up" }).click();
    await codes.getByRole("img", { name: /QR code/ }).waitFor();
    secret = (await codes.locator("[data-test=secret]").innerText()).trim();
    expect(secret).toMatch(/^[A-Z2-7]{16,}$/);
    await codes.getByRole("textbox", { name: "Code" }).fill("000000");
    await codes.getByRole("button", { name: "Turn on" }).click();
    await codes.getByRole("alert").waitFor();
    await codes.getByRole("textbox", { name: "Code" }).fill(code());
    await codes.getByRole("button", { name: "Turn on" }).click();
    await codes.getByText("on", { exact: true }).waitFor();
    await page.getByRole("banner").getByRole("button", { name: "Log out" }).click();
    await asksLogIn(page);

    await filled(page, "tina", PASSWORD);
    await enter(page);
    await page.getByRole("alert").getByText("ADMIN_TOTP_NEEDED").waitFor();
    await page.getByLabel("One-time code").fill(code(20));
    await enter(page);
    await page
      .getByRole("alert")
      .getByText(/ADMIN_TOTP_(WRONG|UNFIT)/)
      .waitFor();
    expect(await page.getByRole("alert").innerText(), "how far the clock is off").toMatch(/min|second/);
    await page.getByLabel("One-time code").fill(code(1));
    await enter(page);
    await page.getByRole("heading", { name: "Your account", level: 1 }).waitFor();
    await region(page, "One-time codes").getByText("on", { exact: true }).waitFor();

    const other = await dashboard.page("/events");
    await filled(other, "tina", "not her password at all");
    await other.getByRole("button", { name: "I have a one-time code" }).click();
    await other.getByLabel("One-time code").fill(code(1));
    await enter(other);
    await other.getByRole("alert").getByText("ADMIN_LOGIN_FAILED").waitFor();
  }, 120_000);

  it("goes on after a new password, which ends the sessions elsewhere", async () => {
    const paul = await dashboard.person("paul", "viewer");
    const here = await dashboard.page("/account", paul);
    const elsewhere = await dashboard.page("/events");
    await filled(elsewhere, "paul", PASSWORD);
    await enter(elsewhere);
    await elsewhere.getByRole("heading", { name: "Events", level: 1 }).waitFor();
    const panel = region(here, "Password");
    await panel.getByLabel("Present password").fill(PASSWORD);
    await panel.getByLabel("New password", { exact: true }).fill("five horses under a lamp");
    await panel.getByLabel("New password again").fill("five horses under a lamp");
    await panel.getByRole("button", { name: "Change the password" }).click();
    await here.getByText("The password is changed").waitFor();

    await here.getByRole("button", { name: "New token…" }).click();
    const dialog = here.getByRole("dialog");
    await dialog.getByLabel("Name").fill("after the change");
    await dialog.getByRole("button", { name: "Make the token" }).click();
    await here
      .getByRole("dialog", { name: "Token after the change" })
      .getByText(/sb_pat_/)
      .waitFor();
    await elsewhere.getByRole("link", { name: "Targets" }).click();
    await asksLogIn(elsewhere);
    await filled(elsewhere, "paul", "five horses under a lamp");
    await enter(elsewhere);
    await elsewhere.getByRole("heading", { name: "Targets", level: 1 }).waitFor();
  }, 120_000);

  it("that an admin logs out is at the log-in with its next step, and back where it was afterwards", async () => {
    const olga = await dashboard.person("olga", "operator");
    const page = await dashboard.page("/targets/api", olga);
    await page.getByRole("heading", { name: "api", level: 1 }).waitFor();
    const admin = await dashboard.page("/people", dashboard.root);
    await row(admin, "People", "olga").getByRole("link").click();
    await admin.getByRole("button", { name: "End all sessions…" }).click();
    const sure = admin.getByRole("dialog", { name: "End all sessions of olga" });
    await sure.getByRole("button", { name: "End all sessions" }).click();
    await admin.getByText("All sessions have ended.").waitFor();
    // Without a click: the page asks for news by itself.
    await asksLogIn(page);
    expect(new URL(page.url()).pathname).toBe("/targets/api");
    await filled(page, "olga", PASSWORD);
    await enter(page);
    await page.getByRole("heading", { name: "api", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Pause…" }).waitFor();
  }, 120_000);

  it("that is blocked or invited anew comes in by the right way alone", async () => {
    const page = await dashboard.page("/people", dashboard.root);
    await page.getByRole("button", { name: "Invite somebody…" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("nina");
    await page.getByRole("dialog").getByLabel("Role").selectOption("operator");
    await page.getByRole("button", { name: "Make the link" }).click();
    const link = (await page.getByRole("region", { name: "Invitation" }).innerText()).trim();
    await page.getByRole("button", { name: "Done" }).click();
    await row(page, "People", "nina").getByText("invited").waitFor();

    const hers = await dashboard.page(link);
    await hers.getByLabel("Password", { exact: true }).fill("seven lamps and a horse");
    await hers.getByLabel("Password again").fill("seven lamps and a horse");
    await hers.getByRole("button", { name: "Set the password and log in" }).click();
    await hers.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await row(page, "People", "nina").getByRole("link").click();
    await page.getByRole("button", { name: "Block…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Block", exact: true }).click();
    await region(page, "Account").getByText("blocked").waitFor();
    await asksLogIn(hers);
    await filled(hers, "nina", "seven lamps and a horse");
    await enter(hers);
    await hers.getByRole("alert").getByText("ADMIN_LOGIN_FAILED").waitFor();
  }, 120_000);
});

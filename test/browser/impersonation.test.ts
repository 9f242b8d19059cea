/** Acting as somebody else at the page: in the open, for a reason, never for credentials, and over at once. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, region, row, type Dashboard } from "../helpers/dashboard.ts";
import type { Client } from "../helpers/people.ts";

describeWithBrowser("impersonation", () => {
  let dashboard: Dashboard;
  let ada: Client;

  beforeAll(async () => {
    dashboard = await aDashboard();
    ada = await dashboard.person("ada", "operator");
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  /** An admin makes a token at the page of the person; the secret that is shown once. */
  const minted = async (page: Page, name: string): Promise<string> => {
    await page.getByRole("button", { name: "New impersonation token…" }).click();
    const dialog = page.getByRole("dialog", { name: "Act as ada" });
    await dialog.getByLabel("Name").fill(name);
    await dialog.getByLabel("Reason").fill("ticket 4711: she cannot log in");
    expect(await dialog.getByRole("checkbox").count(), "read, author, operate, never admin").toBe(3);
    await dialog.getByLabel(/^operate/).check();
    await dialog.getByRole("button", { name: "Make the token" }).click();
    const made = page.getByRole("dialog", { name: `Token ${name}` });
    const secret = await made.getByRole("region", { name: "Token" }).innerText();
    await made.getByRole("button", { name: "Done" }).click();
    await row(page, "Impersonation tokens", name).getByText("active").waitFor();
    return secret.trim();
  };
  const begun = async (token: string, path: string): Promise<Page> => {
    const page = await dashboard.page(path);
    await page.getByRole("button", { name: "Use an impersonation token" }).click();
    await page.getByLabel("Impersonation token").fill(token);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await page.getByText("root acts as ada.").waitFor();
    return page;
  };

  it("shows both names on every page and in the audit trail, and lets nobody at credentials", async () => {
    const admin = await dashboard.page(`/people/${ada.id}`, dashboard.root);
    const token = await minted(admin, "look");
    expect(token).toMatch(/^sb_imp_/);
    await admin.reload();
    await row(admin, "Impersonation tokens", "look").getByText("ticket 4711").waitFor();
    expect(await admin.content(), "shown once").not.toContain(token);

    const page = await begun(token, "/targets/api");
    await page.getByRole("button", { name: "Pause…" }).click();
    await page.getByLabel("Reason").fill("looking into it for ada");
    await page.getByRole("button", { name: "Pause the target" }).click();
    await page.getByText(/Paused by .*(ada.*root|root.*ada)/).waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause…" }).waitFor();

    await page.getByRole("link", { name: /^Your account/ }).click();
    await region(page, "Credentials").getByText("Not from here").waitFor();
    expect(await page.getByRole("button", { name: /New token|Change the password|Set up/ }).count()).toBe(0);
    await page.getByText("root acts as ada.").waitFor();
    const refused = await page.evaluate(async () => {
      const { csrf } = await (await fetch("/api/v1/session")).json();
      const headers = { "content-type": "application/json", "x-csrf-token": csrf as string };
      const tried = [
        ["POST", "me/password", { old: "four horses under a lamp", new: "five horses under a lamp" }],
        ["POST", "me/totp", {}],
        ["POST", "tokens", { name: "mine", scopes: ["read"] }],
        ["POST", "users", { name: "eve", role: "admin" }],
      ] as const;
      const told: [string, number][] = [];
      for (const [method, path, body] of tried)
        told.push([
          path,
          (await fetch(`/api/v1/${path}`, { method, headers, body: JSON.stringify(body) })).status,
        ]);
      return told;
    });
    expect(refused).toEqual(["me/password", "me/totp", "tokens", "users"].map((path) => [path, 403]));

    await admin.goto("/audit?author=ada");
    const paused = row(admin, "Audit trail, newest first", "target.paused");
    await paused.getByText("by root").waitFor();
    await paused.getByText("looking into it for ada").waitFor();
    expect(await paused.getByRole("cell").nth(1).innerText()).toMatch(/^ada\s+by root$/);
    // The person herself finds it too.
    const hers = await dashboard.page("/audit", ada);
    await row(hers, "Audit trail, newest first", "impersonation.used").first().getByText("by root").waitFor();
  }, 120_000);

  it("is over at once when the token is revoked, or when whoever acts stops", async () => {
    const admin = await dashboard.page(`/people/${ada.id}`, dashboard.root);
    const page = await begun(await minted(admin, "short"), "/events");
    await row(admin, "Impersonation tokens", "short").getByRole("button", { name: "Revoke…" }).click();
    await admin.getByRole("dialog", { name: "Revoke short" }).getByRole("button", { name: "Revoke" }).click();
    await row(admin, "Impersonation tokens", "short").getByText("revoked").waitFor();
    await page.getByRole("link", { name: "Targets" }).click();
    await page.getByRole("heading", { name: "Log in", level: 1 }).waitFor();
    expect(await page.getByText("root acts as ada.").count()).toBe(0);

    const other = await begun(await minted(admin, "stopped"), "/targets");
    await other.getByRole("button", { name: "Stop" }).click();
    await other.getByRole("heading", { name: "Log in", level: 1 }).waitFor();
    await other.reload();
    await other.getByRole("heading", { name: "Log in", level: 1 }).waitFor();
    await expect
      .poll(async () => (await ada.call("GET", "/api/v1/session")).status, { timeout: PATIENCE_MS })
      .toBe(200);
  }, 120_000);
});

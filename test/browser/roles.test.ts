/** Roles at the page: nobody is offered what he may not do, and what his page asks for all the same is refused. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWithBrowser } from "../helpers/browser.ts";
import { aDashboard, PATIENCE_MS, type Dashboard } from "../helpers/dashboard.ts";
import { post } from "../helpers/github.ts";
import { operationsOf, type Document, type Operation } from "../helpers/openapi.ts";
import type { Client } from "../helpers/people.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

/** Buttons by which something on the router is changed. */
const CHANGES =
  /^(Replay|Discard|Pause…|Resume|Cancel…|New replay|Invite somebody|Block|Remove|Revoke|End all|New (link|impersonation))/;

describeWithBrowser("at the page", () => {
  let dashboard: Dashboard;
  let operations: Operation[];
  let event: string;
  let places: readonly (readonly [path: string, heading: string | RegExp])[];
  const people: Record<string, Client> = {};

  beforeAll(async () => {
    dashboard = await aDashboard();
    const { admin, scene } = dashboard;
    for (const role of ["viewer", "author", "operator"])
      people[role] = await dashboard.person(`the ${role}`, role);
    scene.target.answer = status(400);
    const { json } = await post(scene.router.hooks, { body: '{"order":1}' });
    event = json.id!;
    const cause = await until("it is dead", async () => {
      const found = await people["viewer"]!.call("GET", "/api/v1/dead-letters");
      return found.json.items?.[0]?.["id"];
    });
    operations = operationsOf((await (await fetch(`${admin}/api/openapi.json`)).json()) as Document);
    places = [
      [`/events/${event}`, "push from github"],
      [`/deliveries/${json.deliveries![0]}`, /everything/],
      [`/dead-letters/${String(cause)}`, "Dead letters of api"],
      ["/replays", "Replays"],
      ["/targets/api", "api"],
      ["/routes/everything", "everything"],
    ];
  }, 90_000);
  afterEach(() => dashboard.leave());
  afterAll(() => dashboard?.close());

  const offered = async (page: Page): Promise<string[]> => {
    const found: string[] = [];
    for (const [path, heading] of places) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      await expect
        .poll(() => page.getByRole("status", { name: "Loading" }).count(), { timeout: PATIENCE_MS })
        .toBe(0);
      const names = await page.getByRole("main").getByRole("button").allInnerTexts();
      found.push(...names.filter((name) => CHANGES.test(name)).map((name) => `${path} ${name}`));
    }
    return found;
  };

  /** What comes of every operation that needs one of the scopes, asked for from within the page with its own session. */
  const asked = (page: Page, scopes: readonly string[]): Promise<[string, number, string][]> => {
    const values: Record<string, string> = { name: "api", id: event };
    const wanted = operations
      .filter(({ method, scope }) => method !== "get" && scopes.includes(scope))
      .map(({ method, path }) => [
        method.toUpperCase(),
        path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "1"),
      ]);
    expect(wanted.length).toBeGreaterThan(0);
    return page.evaluate(async (calls) => {
      const { csrf } = await (await fetch("/api/v1/session")).json();
      const told: [string, number, string][] = [];
      for (const [method = "", path = ""] of calls) {
        const headers = { "content-type": "application/json", "x-csrf-token": csrf as string };
        const answer = await fetch(path, { method, headers, body: "{}" });
        told.push([`${method} ${path}`, answer.status, (await answer.json()).code]);
      }
      return told;
    }, wanted);
  };

  it("a viewer finds no button that changes anything, where an operator finds them", async () => {
    const viewer = await dashboard.page("/", people["viewer"]);
    expect(await offered(viewer)).toEqual([]);
    const nav = viewer.getByRole("navigation", { name: "Pages" });
    await nav.getByRole("link", { name: "Targets" }).waitFor();
    expect(await nav.getByRole("link", { name: /Playground|People/ }).count()).toBe(0);
    const operator = await dashboard.page("/", people["operator"]);
    const buttons = await offered(operator);
    for (const name of ["Replay…", "Discard", "Replay all…", "Discard all…", "New replay…", "Pause…"])
      expect(buttons.join("\n")).toContain(` ${name}`);
  }, 120_000);

  it("a viewer's page is refused everything that changes something, and nothing has changed", async () => {
    const { scene } = dashboard;
    const before = scene.target.arrivals.length;
    const page = await dashboard.page("/targets/api", people["viewer"]);
    await page.getByRole("heading", { level: 1, name: "api" }).waitFor();
    const answers = await asked(page, ["author", "operate", "admin"]);
    expect(answers.length).toBeGreaterThan(15);
    for (const [what, code, problem] of answers)
      expect([what, code, problem]).toEqual([what, 403, "ADMIN_SCOPE_MISSING"]);
    await page.reload();
    expect(await page.getByText("Paused by").count()).toBe(0);
    await page.goto("/dead-letters");
    await page.getByText("1 delivery of 1 cause").waitFor();
    expect(scene.target.arrivals.length).toBe(before);
    await page.goto("/playground");
    await page.getByText("This is not for your role").waitFor();
  }, 60_000);

  it("an author tries rules, and that is all", async () => {
    const page = await dashboard.page(`/playground?event=${event}`, people["author"]);
    const result = page.getByRole("region", { name: "What the rule made" });
    await page.getByText("captured", { exact: true }).waitFor();
    const rule = page.locator(".cm-content[aria-label='Rule in JSONata']");
    await rule.click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText("order + 41");
    await expect.poll(() => result.innerText().catch(() => ""), { timeout: PATIENCE_MS }).toMatch(/^42\b/);
    for (const [what, code] of await asked(page, ["operate", "admin"]))
      expect([what, code]).toEqual([what, 403]);
    expect(await offered(page)).toEqual([]);
  }, 90_000);

  it("an operator does not get at people", async () => {
    const page = await dashboard.page("/people", people["operator"]);
    await page.getByText("This is not for your role").waitFor();
    expect(await page.getByRole("button", { name: "Invite somebody…" }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "People", exact: true }).count()).toBe(0);
    await page.goto(`/people/${people["viewer"]!.id}`);
    await page.getByText("This is not for your role").waitFor();
    for (const [what, code] of await asked(page, ["admin"])) expect([what, code]).toEqual([what, 403]);
    const seen = await people["operator"]!.call("GET", "/api/v1/users");
    expect(seen.status).toBe(403);
  }, 60_000);
});

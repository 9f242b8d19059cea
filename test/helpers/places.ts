/** Every page of the dashboard with something on it, and the questions that stand in front of some. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { aPage } from "./browser.ts";
import { NAMES, type Busy } from "./busy.ts";

export interface Place {
  readonly name: string;
  readonly path: (ids: Busy["ids"]) => string;
  /** The title that it has when it is there. */
  readonly title: string | RegExp;
  /** What stands there once it has loaded. */
  readonly holds?: string | RegExp;
  /** Opens the question in front of it. */
  readonly open?: (page: Page) => Promise<void>;
  /** For who is not logged in. */
  readonly outside?: true;
}

const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name }).first().click();
  await page.getByRole("dialog").waitFor();
};

export const PLACES: readonly Place[] = [
  { name: "log-in", path: () => "/login", title: "Log in", outside: true },
  { name: "set-up", path: () => "/setup#sb_set_shown", title: "Set up this router", outside: true },
  { name: "overview", path: () => "/", title: "Overview", holds: /attempts? failed in 15 minutes/ },
  { name: "events", path: () => "/events", title: "Events", holds: "invoice.payment_failed" },
  {
    name: "event",
    path: ({ event }) => `/events/${event}`,
    title: "push from github",
    holds: "What the rule made",
  },
  {
    name: "event-dead",
    path: ({ dead }) => `/events/evt_${dead.slice(4, 30)}`,
    title: /from github$/,
    holds: "all dead letters of this cause",
  },
  {
    name: "event-replay",
    path: ({ event }) => `/events/${event}`,
    title: "push from github",
    holds: "What the rule made",
    open: async (page) => {
      await press("Replay…")(page);
      await page
        .getByRole("dialog")
        .getByText(/no difference|Would be sent now/)
        .first()
        .waitFor();
    },
  },
  { name: "lines", path: () => "/lines", title: "Stopped lines", holds: "No line is stopped" },
  {
    name: "search",
    path: () => "/events?path=repository.full_name&value=acme/checkout",
    title: "Events",
    holds: "push",
  },
  { name: "deliveries", path: () => "/deliveries", title: "Deliveries", holds: "github-push-to-chat" },
  {
    name: "delivery",
    path: ({ dead }) => `/deliveries/${dead}`,
    title: /tracker/,
    holds: "all dead letters of this cause",
  },
  {
    name: "dead-letters",
    path: () => "/dead-letters",
    title: "Dead letters",
    holds: /FORWARD_STATUS_/,
  },
  {
    name: "dead-letters-cause",
    path: ({ cause }) => `/dead-letters/${cause}`,
    title: /^Dead letters of/,
    holds: "What is usually done",
  },
  {
    name: "dead-letters-replay",
    path: ({ cause }) => `/dead-letters/${cause}`,
    title: /^Dead letters of/,
    holds: "What is usually done",
    open: async (page) => {
      await press("Replay all…")(page);
      await page.getByText("Takes about").waitFor();
    },
  },
  { name: "holds", path: () => "/holds", title: "Holds", holds: "refund-to-chat → team-chat" },
  { name: "hold", path: ({ hold }) => `/holds/${hold}`, title: /refund-to-chat/, holds: "What was edited" },
  {
    name: "hold-approve",
    path: ({ hold }) => `/holds/${hold}`,
    title: /refund-to-chat/,
    holds: "What was edited",
    open: press("Approve…"),
  },
  {
    name: "hold-edit",
    path: ({ hold }) => `/holds/${hold}`,
    title: /refund-to-chat/,
    holds: "What was edited",
    open: async (page) => {
      await press("Edit…")(page);
      await page.locator(".cm-content[aria-label='Edited result']").waitFor();
    },
  },
  { name: "replays", path: () => "/replays", title: "Replays", holds: "The channel was archived by mistake" },
  { name: "replay", path: ({ replay }) => `/replays/${replay}`, title: /./, holds: "Progress" },
  { name: "requests", path: () => "/requests", title: "Requests", holds: "ACCEPT_SIGNATURE_INVALID" },
  {
    name: "requests-held",
    path: () => "/requests?verdict=held",
    title: "Requests",
    holds: /^Admit selected/,
  },
  {
    name: "requests-duplicate",
    path: () => "/requests?verdict=duplicate",
    title: "Requests",
    holds: /x-attempt: 3/,
  },
  {
    name: "request-held",
    path: ({ held }) => `/requests/${held}`,
    title: /^Refused request/,
    holds: "It is kept whole, encrypted",
  },
  {
    name: "request",
    path: ({ request }) => `/requests/${request}`,
    title: /^Refused request/,
    holds: "More like it",
  },
  { name: "map", path: () => "/map", title: "Map", holds: "github-push-to-chat" },
  { name: "sources", path: () => "/sources", title: "Sources", holds: "alertmanager" },
  { name: "source", path: () => "/sources/github", title: "github", holds: "When it calls" },
  { name: "routes", path: () => "/routes", title: "Routes", holds: "github-push-to-chat" },
  {
    name: "route",
    path: () => "/routes/github-push-to-chat",
    title: "github-push-to-chat",
    holds: "transforms/github-push-to-chat.jsonata",
  },
  { name: "targets", path: () => "/targets", title: "Targets", holds: "GitHub maintenance" },
  {
    name: "target",
    path: () => `/targets/${NAMES.failing}`,
    title: NAMES.failing,
    holds: "As its file has it",
  },
  {
    name: "target-paused",
    path: () => `/targets/${NAMES.paused}`,
    title: NAMES.paused,
    holds: "GitHub maintenance",
  },
  {
    name: "target-pause",
    path: () => `/targets/${NAMES.fine}`,
    title: NAMES.fine,
    holds: "As its file has it",
    open: press("Pause…"),
  },
  {
    name: "playground",
    path: ({ event }) => `/playground?rule=github-push-to-chat&event=${event}&route=github-push-to-chat`,
    title: "Playground",
    holds: /"unfurl_links": false|unfurl_links/,
  },
  { name: "people", path: () => "/people", title: "People", holds: "margaret" },
  { name: "person", path: ({ person }) => `/people/${person}`, title: "ada", holds: "incident 4711" },
  { name: "audit", path: () => "/audit", title: "Audit", holds: "target.paused" },
  { name: "settings", path: () => "/settings", title: "Settings", holds: "SIGNALBOX_HISTORY_HOURS" },
  { name: "account", path: () => "/account", title: "Your account", holds: "grafana" },
  {
    name: "account-token",
    path: () => "/account",
    title: "Your account",
    holds: "grafana",
    open: async (page) => {
      await press("New token…")(page);
      await page.getByRole("dialog").getByLabel("Name").fill("backup");
      await page.getByRole("dialog").getByRole("button", { name: /^Make/ }).click();
      await page
        .getByText(/sb_pat_/)
        .or(page.locator("input[value^=sb_pat_]"))
        .first()
        .waitFor();
    },
  },
  { name: "nowhere", path: () => "/nowhere", title: "No such page" },
];

/** Goes to a place and waits until what it shows is there and nothing is being loaded. */
export async function goTo(page: Page, { router, ids }: Busy, place: Place): Promise<void> {
  // A path with a fragment alone would not load the page anew.
  if (place.path(ids).includes("#")) await page.goto("about:blank");
  await page.goto(`${router.admin}${place.path(ids)}`);
  await page.getByRole("heading", { level: 1, name: place.title }).first().waitFor();
  if (place.holds !== undefined) await page.locator("main").getByText(place.holds).first().waitFor();
  // Not by `waitForFunction`: from its second look on it evaluates text in the page, which the page's policy forbids.
  await page.locator("main:not(:has(.skeleton, [aria-busy=true]))").first().waitFor();
  await place.open?.(page);
}

/** A page of somebody who is logged in as the admin of the scene; `outside` of nobody. */
export async function visitor(
  browser: Browser,
  { router, admin }: Busy,
  options: Parameters<typeof aPage>[1] & { readonly outside?: boolean } = {},
): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const { outside, ...rest } = options;
  const made = await aPage(browser, rest);
  if (outside !== true) {
    const [name = "", value = ""] = (admin.cookie ?? "").split("=");
    await made.context.addCookies([
      {
        name,
        value,
        domain: new URL(router.admin).hostname,
        path: "/",
        secure: true,
        httpOnly: true,
        sameSite: "Strict",
      },
    ]);
  }
  return made;
}

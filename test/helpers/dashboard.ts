/** The dashboard before people: a browser, a router, and pages that are somebody's, on which nothing may go wrong unseen. */
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { aBrowser, aPage } from "./browser.ts";
import { invite, setUp, type Client } from "./people.ts";
import { aScene, type Scene } from "./scene.ts";

/** On a machine that does other things too, a page may take its time. */
export const PATIENCE_MS = 30_000;

/** A browser, and pages of the router at `admin`. */
export interface Visits {
  /** A page in a session of its own: that of `who`, or nobody's. */
  page(path: string, who?: Client): Promise<Page>;
  /** Closes the pages of a test, which fails with what went wrong on any of them. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Begins without a page. */
export async function visits(admin: string): Promise<Visits> {
  const browser: Browser = await aBrowser();
  let open: Awaited<ReturnType<typeof aPage>>[] = [];
  return {
    async page(path, who) {
      const opened = await aPage(browser, { baseURL: admin });
      open.push(opened);
      opened.context.setDefaultTimeout(PATIENCE_MS);
      if (who !== undefined) await opened.context.addCookies([cookieOf(who, admin)]);
      await opened.page.goto(path);
      return opened.page;
    },
    async leave() {
      const wrong = open.flatMap(({ errors }) => errors);
      await Promise.all(open.map(({ context }) => context.close()));
      open = [];
      expect(wrong, "what went wrong on the test's pages").toEqual([]);
    },
    close: () => browser.close(),
  };
}

function cookieOf({ cookie = "" }: Client, admin: string) {
  const at = cookie.indexOf("=");
  // `__Host-`: secure, of this host alone, for every path. A browser takes 127.0.0.1 for a safe place.
  const url = admin.replace("http:", "https:");
  return { name: cookie.slice(0, at), value: cookie.slice(at + 1), url, secure: true, httpOnly: true };
}

/** A scene with its first admin, and a browser before it. */
export interface Dashboard extends Visits {
  readonly scene: Scene;
  readonly admin: string;
  readonly root: Client;
  person(name: string, role: string): Promise<Client>;
}

/** Starts all of it, on the store that the machine has. */
export async function aDashboard(files: Readonly<Record<string, string>> = {}): Promise<Dashboard> {
  const scene = await aScene({ files });
  try {
    const { admin, setup } = scene.router;
    const root = await setUp(admin, setup);
    const pages = await visits(admin);
    return {
      ...pages,
      ...{ scene, admin, root },
      person: (name, role) => invite(admin, root, name, role),
      async close() {
        await pages.close();
        await scene.close();
      },
    };
  } catch (error) {
    await scene.close();
    throw error;
  }
}

/** The panel, or another part of the page that has a name. */
export const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

/** A row of a table by what stands in it. */
export const row = (page: Page, table: string, text: string | RegExp) =>
  page.getByRole("table", { name: table }).getByRole("row").filter({ hasText: text });

/** What the dashboard leaves in a browser (OWASP ASVS 14.3.3): looked at in its sources, since no visit reaches every page's every state. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const dashboard = fileURLToPath(new URL("../../src/dashboard/", import.meta.url));

/** Who keeps what: how the page looks, the address before the log-in, and the rule that somebody is writing, which is his own. */
const KEEPERS = ["pages/playground.tsx", "public/theme.js", "shell/choices.ts", "shell/way-back.ts"];

it("holds what the page looks like, and nothing that was shown on it", () => {
  const using = readdirSync(dashboard, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(tsx?|js)$/.test(path))
    .filter((path) =>
      /localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open|serviceWorker/.test(
        readFileSync(join(dashboard, path), "utf8"),
      ),
    );
  expect(using.sort()).toEqual(KEEPERS);
});

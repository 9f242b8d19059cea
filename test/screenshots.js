/** `npm run screenshots`: the tests of the pages and of the recipes once more, which write a picture of each into docs/screenshots. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");
spawn(process.execPath, [vitest, "run", "test/browser/pages.test.ts", "test/e2e/recipes.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    SIGNALBOX_SCREENSHOTS: join(root, "docs/screenshots"),
    SIGNALBOX_TEST_REQUIRE: "browser,redis",
  },
}).on("exit", (code) => (process.exitCode = code ?? 1));

/** `npm run screenshots`: the pages' test once more, which writes a picture of each into docs/screenshots. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");
spawn(process.execPath, [vitest, "run", "test/browser/pages.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    SIGNALBOX_SCREENSHOTS: join(root, "docs/screenshots"),
    SIGNALBOX_TEST_REQUIRE: "browser",
  },
}).on("exit", (code) => (process.exitCode = code ?? 1));

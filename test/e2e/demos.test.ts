/** The shipped flows as a user runs them: `npm run demo:<name>`, with their own APIs, a router of its own, and what went where. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Line {
  readonly kind: "sent" | "called" | "done" | "failed";
  readonly api: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Runs a demo; what was called, in its order. */
async function called(name: string): Promise<Line[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [`examples/${name}/demo.js`, "--json"], {
    cwd: root,
    env: { ...process.env, SIGNALBOX_BUILT: "1" },
    timeout: 100_000,
  });
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  expect(lines.at(-1)!.kind).toBe("done");
  return lines.filter(({ kind }) => kind === "called");
}

const wayOf = (lines: readonly Line[]): string[] =>
  lines.map(({ api, method, path }) => `${method} ${api}${path}`);

describe("the demo", () => {
  it("`enrich` puts known issues beside a failed check, and a translated ticket into the chat", async () => {
    const lines = await called("enrich");
    expect(wayOf(lines)).toEqual([
      "GET github/search/issues",
      "POST chat/",
      "POST translator/v2/translate",
      "POST chat/",
    ]);
    expect(lines[0]!.query["q"]).toBe('repo:octo/shop is:issue "TypeError: total is not a function"');
    expect(lines[0]!.headers["authorization"]).toBe("Bearer demo-github-token");
    expect(lines[1]!.body).toEqual({
      text: "build failed on octo/shop@ce58745: TypeError: total is not a function\nSeen before:\n• #41 total is not a function (closed) https://github.com/octo/shop/issues/41",
    });
    expect(lines[2]!.body).toEqual({ text: ["Erreur 500", "Aucune commande ne passe."], target_lang: "EN" });
    expect(lines[3]!.body).toEqual({ text: "Ticket #5158: Error 500 (from FR)\n> No order goes through." });
  }, 120_000);

  it("`chain` makes a work item of a ticket, of its answer a status, and of that answer a push to a phone", async () => {
    const lines = await called("chain");
    expect(wayOf(lines)).toEqual(["POST tracker/items", "PUT tracking/items/SHOP-7/status", "POST phone/"]);
    expect(lines[1]!.body).toEqual({
      item: "SHOP-7",
      state: "received",
      customer: "8447",
      summary: "Error 500",
    });
    expect(lines[2]!.body).toMatchObject({
      topic: "customer-8447",
      message: "Error 500 — SHOP-7, answered by 2026-03-04",
    });
    expect(lines.map(({ headers }) => headers["signalbox-hops"])).toEqual(["1", "2", "3"]);
  }, 120_000);

  it("`expect` opens an issue again whose test yields another output, and leaves the other closed", async () => {
    const lines = await called("expect");
    expect(wayOf(lines)).toEqual([
      "POST tests/tests/41/run",
      "POST tests/tests/42/run",
      "PATCH github/repos/octo/shop/issues/42",
    ]);
    expect(lines[2]!.body).toMatchObject({ state: "open", state_reason: "reopened" });
    expect((lines[2]!.body as { body: string }).body).toContain("| `4.20 EUR` | `4.2 EUR` |");
  }, 120_000);
});

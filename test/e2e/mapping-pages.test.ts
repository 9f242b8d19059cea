/** `signalbox docs` on the command line: pages are written, kept, told of when they are stale, and removed with their route. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../helpers/router.ts";
import { aGoodWorkspace } from "../helpers/workspace.ts";

describe("signalbox docs", () => {
  it("writes a page for each route and the map, and tells with --check when they are not what they would be", async () => {
    const dir = aGoodWorkspace();
    const folder = join(dir, "docs/routes");
    const stale = await run(["docs", "--dir", dir, "--check"]);
    expect(stale).toMatchObject({ code: 1 });
    expect(stale.stdout).toContain("push.md is not up to date");
    expect(existsSync(folder)).toBe(false);

    const written = await run(["docs", "--dir", dir, "--json"]);
    expect(JSON.parse(written.stdout)).toEqual({
      ...{ folder, pages: ["README.md", "push.md"] },
      ...{ changed: ["README.md", "push.md"], removed: [] },
    });
    const page = readFileSync(join(folder, "push.md"), "utf8");
    expect(page).toContain(
      '| `text` | text | [2](../../transforms/push.jsonata#L2) `name & " pushed"` | `name` | `"Ada pushed"` |',
    );
    expect(page).not.toContain("s3cr3t");
    expect(await run(["docs", "--dir", dir, "--check"])).toMatchObject({ code: 0 });

    writeFileSync(join(folder, "notes.md"), "# Mine\n");
    rmSync(join(dir, "routes/push.yaml"));
    writeFileSync(join(dir, "routes/all.yaml"), "source: github\ntransform: push\ntarget: chat\n");
    expect((await run(["docs", "--dir", dir, "--check"])).stdout).toContain("push.md is of no route");
    await run(["docs", "--dir", dir]);
    expect(existsSync(join(folder, "push.md"))).toBe(false);
    expect(existsSync(join(folder, "all.md"))).toBe(true);
    expect(readFileSync(join(folder, "notes.md"), "utf8")).toBe("# Mine\n");
  }, 120_000);

  it("makes nothing of a workspace with errors", async () => {
    const dir = aGoodWorkspace({ "transforms/push.jsonata": "{ \n" });
    const { code, stderr } = await run(["docs", "--dir", dir]);
    expect(code).toBe(1);
    expect(stderr).toContain("no page was made");
    expect(existsSync(join(dir, "docs"))).toBe(false);
  }, 60_000);
});

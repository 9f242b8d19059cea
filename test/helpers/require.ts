/** What a machine may lack: tests that need it are skipped by name, or fail where SIGNALBOX_TEST_REQUIRE asks for it. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "vitest";

/** The path of a Redis or Valkey server on PATH; undefined: there is none. */
export const redisServer: string | undefined = ["redis-server", "valkey-server"].map(onPath).find(Boolean);

/** Prometheus and its promtool on PATH; undefined where either is missing. */
export const prometheusPrograms: { readonly server: string; readonly tool: string } | undefined = bothOf(
  onPath("prometheus"),
  onPath("promtool"),
);

const required = (process.env["SIGNALBOX_TEST_REQUIRE"] ?? "").split(",").map((name) => name.trim());

/** A suite on a real server. */
export function describeWithRedis(name: string, suite: () => void): void {
  if (redisServer !== undefined) describe(name, suite);
  else if (required.includes("redis")) describe(name, () => it("needs redis-server", missing));
  else describe.skip(`${name} (skipped: no redis-server on PATH)`, suite);
}

/** A test on a real server. */
export function itWithRedis(name: string, test: () => Promise<void>): void {
  if (redisServer !== undefined) it(name, test);
  else if (required.includes("redis")) it(name, missing);
  else it.skip(`${name} (skipped: no redis-server on PATH)`, test);
}

/** A suite on a real Prometheus, and where it says so on a real Redis too. */
export function describeWithPrometheus(
  name: string,
  suite: () => void,
  needs: readonly "redis"[] = [],
): void {
  const hasAll = prometheusPrograms !== undefined && (needs.length === 0 || redisServer !== undefined);
  if (hasAll) describe(name, suite);
  else if (required.includes("prometheus"))
    describe(name, () => it("needs prometheus and promtool", missingPrometheus));
  else describe.skip(`${name} (skipped: no prometheus and promtool on PATH)`, suite);
}

function bothOf(
  server: string | undefined,
  tool: string | undefined,
): { server: string; tool: string } | undefined {
  return server === undefined || tool === undefined ? undefined : { server, tool };
}

function missingPrometheus(): never {
  throw new Error("SIGNALBOX_TEST_REQUIRE asks for prometheus; it or redis-server is not on PATH.");
}

function missing(): never {
  throw new Error("SIGNALBOX_TEST_REQUIRE asks for redis, and there is no redis-server on PATH.");
}

function onPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

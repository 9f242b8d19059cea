/** What a machine may lack: tests that need it are skipped by name, or fail where SIGNALBOX_TEST_REQUIRE asks for it. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "vitest";

/** The path of a Redis or Valkey server on PATH; undefined: there is none. */
export const redisServer: string | undefined = ["redis-server", "valkey-server"].map(onPath).find(Boolean);

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

/** What the process asks of V8: a flag that V8 does not know is said on stderr, and changes nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the V8 of this Node knows the flags that are set", () => {
  const source = readFileSync(new URL("../../src/adapters/heap.ts", import.meta.url), "utf8");
  const flags = [...source.matchAll(/setFlagsFromString\([`"]--(?:no-)?([a-z-]+)/g)].map(([, flag]) => flag!);
  expect(flags).toEqual(["allocation-site-pretenuring", "heap-growing-percent"]);
  const known = execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" });
  for (const flag of flags) expect(known).toMatch(new RegExp(`^\\s+--${flag} `, "m"));
});

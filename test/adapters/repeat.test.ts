/** Tasks that run now and then: what of their failures is told, and how loudly. */
import { describe, expect, it } from "vitest";
import { repeat } from "../../src/adapters/repeat.ts";
import { until } from "../helpers/until.ts";

/** Runs a task that fails with these one after the other, then no more; what was told, level by level. */
async function told(failures: readonly (Error | undefined)[]): Promise<string[]> {
  const lines: string[] = [];
  const line = (level: string) => (fields: object) =>
    void lines.push(`${level} ${(fields as { error: string }).error}`);
  const log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  let runs = 0;
  const stop = repeat(2, log as never, "sweep", async () => {
    const failure = failures[runs++];
    if (failure !== undefined) throw failure;
    await Promise.resolve();
  });
  await until("all runs are over", () => runs > failures.length);
  await stop();
  return lines;
}

const wrong = (): Error => new Error("ERR Error compiling script (new function): user_script:3");
const away = (): Error => new Error("Connection is closed.");

describe("a task that is repeated", () => {
  it("tells of a mistake as a warning, once until it succeeds", async () => {
    expect(await told([wrong(), wrong(), undefined, wrong()])).toEqual([
      `warn ${String(wrong())}`,
      `debug ${String(wrong())}`,
      `warn ${String(wrong())}`,
    ]);
    expect(await told([new TypeError("x is undefined")])).toEqual(["warn TypeError: x is undefined"]);
  });

  it("does not warn of a store that is away or loads: that is told as a whole", async () => {
    const loads = new Error("LOADING Redis is loading the dataset in memory");
    expect(await told([away(), loads])).toEqual([`debug ${String(away())}`, `debug ${String(loads)}`]);
  });
});

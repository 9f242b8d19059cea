/** Sixty-odd typical mistakes, put one by one into the shipped rules: `check`, or the rules' own cases, find them and name the field. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCases } from "../../src/rules/cases.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import { SEEDED_FAULTS } from "./seeded-faults.ts";
import type { SeededFault } from "./seeded-faults.ts";

const dir = mkdtempSync(join(tmpdir(), "signalbox-faults-"));
for (const folder of ["sources", "routes", "transforms", "targets", "schemas"])
  cpSync(folder, join(dir, folder), { recursive: true });
afterAll(() => rmSync(dir, { recursive: true }));

interface Found {
  readonly by: "check" | "test" | "nothing";
  readonly message: string;
}

/** Who finds a fault, with the first message that names the field. */
async function foundBy([file, , replaced, by, field]: SeededFault): Promise<Found> {
  const path = join(dir, file);
  const text = readFileSync(path, "utf8");
  expect(text.includes(replaced), `${file} has ${replaced}`).toBe(true);
  try {
    writeFileSync(
      path,
      text.replace(replaced, () => by),
    );
    const { workspace, problems } = await loadWorkspace(dir, {}, {}, { types: true });
    const told = problems.map(({ code, message, fix }) => `${code} ${message} ${fix}`);
    const named = told.find((one) => one.includes(field));
    if (named !== undefined) return { by: "check", message: named };
    const failed = workspace === undefined ? [] : (await runCases(workspace, {})).filter(({ ok }) => !ok);
    const message = failed.map((one) => JSON.stringify(one)).find((one) => one.includes(field));
    return { by: message === undefined ? "nothing" : "test", message: message ?? told.join(" | ") };
  } finally {
    writeFileSync(path, text);
  }
}

test("the unchanged workspace has no problem", async () => {
  expect((await loadWorkspace(dir, {}, {}, { types: true })).problems).toEqual([]);
});

test(
  "at least 95 of 100 mistakes are found, with a message that names the field",
  { timeout: 300_000 },
  async () => {
    const rows: string[] = [];
    let found = 0;
    for (const fault of SEEDED_FAULTS) {
      const { by, message } = await foundBy(fault);
      if (by !== "nothing") found++;
      const [file, kind, , , field] = fault;
      const name = file.replace(/^\w+\//, "").replace(/\.\w+$/, "");
      rows.push(
        `${by.padEnd(8)}${kind.padEnd(18)}${name.padEnd(32)}${field.padEnd(22)}${message.slice(0, 120)}`,
      );
    }
    process.stdout.write(`${rows.join("\n")}\n${found} of ${SEEDED_FAULTS.length} found\n`);
    expect(SEEDED_FAULTS.length).toBeGreaterThanOrEqual(60);
    expect(found / SEEDED_FAULTS.length).toBeGreaterThanOrEqual(0.95);
  },
);

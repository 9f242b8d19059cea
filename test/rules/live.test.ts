/** The rules in force and those that take their place. */
import { expect, it } from "vitest";
import { liveRules } from "../../src/rules/live.ts";
import type { Loaded, Problem } from "../../src/rules/load.ts";
import type { Workspace } from "../../src/rules/workspace.ts";

const of = (revision: string): Workspace => ({ revision }) as Workspace;
const fine = (revision: string): Loaded => ({ workspace: of(revision), problems: [] });
const wrong: Loaded = {
  workspace: undefined,
  problems: [{ severity: "error" }, { severity: "warning" }] as Problem[],
};
const nothing = (): Promise<void> => Promise.resolve();

it("puts what was read in force, and says what it was before", async () => {
  const seen: string[] = [];
  const rules = liveRules(
    of("one"),
    () => Promise.resolve(fine("two")),
    (now, former) => Promise.resolve(void seen.push(`${former.revision} → ${now.revision}`)),
  );
  expect(await rules.reload()).toEqual({ state: "changed", revision: "two", was: "one", problems: [] });
  expect(rules.current().revision).toBe("two");
  expect(await rules.reload()).toMatchObject({ state: "unchanged", revision: "two" });
  expect(seen).toEqual(["one → two", "two → two"]);
});

it("keeps what is in force where the files have errors, until they have none", async () => {
  const answers = [wrong, fine("two")];
  const rules = liveRules(of("one"), () => Promise.resolve(answers.shift()!), nothing);
  expect(await rules.reload()).toMatchObject({ state: "refused", revision: "one", was: "one" });
  expect([rules.current().revision, rules.refused?.errors]).toEqual(["one", 1]);
  await rules.reload();
  expect([rules.current().revision, rules.refused]).toEqual(["two", undefined]);
});

it("reads once more for those who ask while it reads, and once for all of them", async () => {
  let readings = 0;
  const rules = liveRules(
    of("0"),
    async () => {
      readings++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return fine(String(readings));
    },
    nothing,
  );
  const first = rules.reload();
  await new Promise((resolve) => setTimeout(resolve, 1));
  const others = await Promise.all([rules.reload(), rules.reload()]);
  expect((await first).revision).toBe("1");
  expect(others.map(({ revision }) => revision)).toEqual(["2", "2"]);
  expect(readings).toBe(2);
});

it("goes on after a reading that failed", async () => {
  const answers = [() => Promise.reject(new Error("the folder is gone")), () => Promise.resolve(fine("two"))];
  const rules = liveRules(of("one"), () => answers.shift()!(), nothing);
  await expect(rules.reload()).rejects.toThrow("the folder is gone");
  expect(await rules.reload()).toMatchObject({ revision: "two" });
});

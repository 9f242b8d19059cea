/** The table of ASVS 5.0 says something of every item of level 1 and 2, and what it names is there. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const page = read("docs/security-asvs.md");

/** Sections of the standard (version 5.0.0) with the numbers of their items of levels 1 and 2. */
const ITEMS: Readonly<Record<string, string>> = {
  ...{ "1.1": "1-2", "1.2": "1-9", "1.3": "1-11", "1.4": "1-3", "1.5": "1-2" },
  ...{ "2.1": "1-3", "2.2": "1-3", "2.3": "1-4", "2.4": "1-1" },
  ...{ "3.2": "1-2", "3.3": "1-4", "3.4": "1-6", "3.5": "1-5", "3.7": "1-2" },
  ...{ "4.1": "1-3", "4.2": "1-1", "4.3": "1-2", "4.4": "1-4" },
  ...{ "5.1": "1-1", "5.2": "1-3", "5.3": "1-2", "5.4": "1-3" },
  ...{ "6.1": "1-3", "6.2": "1-12", "6.3": "1-4", "6.4": "1-4", "6.5": "1-5", "6.6": "1-3", "6.8": "1-4" },
  ...{ "7.1": "1-3", "7.2": "1-4", "7.3": "1-2", "7.4": "1-5", "7.5": "1-2", "7.6": "1-2" },
  ...{ "8.1": "1-2", "8.2": "1-3", "8.3": "1-1", "8.4": "1-1", "9.1": "1-3", "9.2": "1-4" },
  ...{ "10.1": "1-2", "10.2": "1-2", "10.3": "1-4", "10.4": "1-11", "10.5": "1-5", "10.6": "1-2" },
  ...{ "10.7": "1-3", "11.1": "1-2", "11.2": "1-3", "11.3": "1-3", "11.4": "1-4", "11.5": "1-1" },
  ...{ "11.6": "1-1", "12.1": "1-3", "12.2": "1-2", "12.3": "1-4" },
  ...{ "13.1": "1-1", "13.2": "1-5", "13.3": "1-2", "13.4": "1-5" },
  ...{ "14.1": "1-2", "14.2": "1-4", "14.3": "1-3", "15.1": "1-3", "15.2": "1-3", "15.3": "1-7" },
  ...{ "16.1": "1-1", "16.2": "1-5", "16.3": "1-4", "16.4": "1-3", "16.5": "1-3" },
  ...{ "17.1": "1-1", "17.2": "1-4", "17.3": "1-2" },
};
const all = Object.entries(ITEMS).flatMap(([section, range]) => {
  const [first = 1, last = 1] = range.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, at) => `${section}.${first + at}`);
});

const rows = page
  .slice(page.indexOf("## V1 "))
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => /^\d/.test(cells[1] ?? ""))
  .map(([, items = "", here = "", state = "", shown = ""]) => ({
    items: items.split(",").map((item) => item.trim()),
    here,
    state,
    tests: [...shown.matchAll(/`([\w/-]+\.test\.ts)` "([^"]+)"/g)].map(([, file, name]) => [file!, name!]),
    links: [...shown.matchAll(/\]\(([^)]+)\)/g)],
  }));

describe("the table of ASVS 5.0", () => {
  it("has each of the 253 items of levels 1 and 2 once, and no other", () => {
    expect(all).toHaveLength(253);
    expect([...rows.flatMap(({ items }) => items)].sort(byNumber)).toEqual([...all].sort(byNumber));
  });

  it("says of each how it stands, and shows what is met by a test or the page that it asks for", () => {
    for (const { items, here, state, tests, links } of rows) {
      expect(["met", "partly", "not met", "does not apply"]).toContain(state);
      expect(here.length, items.join()).toBeGreaterThan(3);
      if (state === "met") expect(tests.length + links.length, items.join()).toBeGreaterThan(0);
    }
  });

  it("tells on top what is missing of everything that is not met", () => {
    const top = page.slice(page.indexOf("## What is not met"), page.indexOf("## V1 "));
    const told = new Set(
      [...top.matchAll(/^\| ([\d., ]+?) +\|/gm)].flatMap(([, list]) => {
        let section = "";
        return list!.split(",").map((item) => {
          const text = item.trim();
          if (text.startsWith(".")) return section + text;
          section = text.slice(0, text.lastIndexOf("."));
          return text;
        });
      }),
    );
    const open = rows
      .filter(({ state }) => state === "partly" || state === "not met")
      .flatMap(({ items }) => items);
    expect([...told].sort(byNumber)).toEqual(open.sort(byNumber));
  });

  it.each([...new Map(rows.flatMap(({ tests }) => tests).map((one) => [one.join(" "), one])).values()])(
    "names a test that is there: %s %s",
    (file, name) => {
      expect(read(`test/${file}`)).toContain(`"${name}"`);
    },
  );
});

function byNumber(one: string, other: string): number {
  const [a, b] = [one, other].map((item) => item.split(".").map(Number));
  return a![0]! - b![0]! || a![1]! - b![1]! || a![2]! - b![2]!;
}

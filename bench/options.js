/** The options of a bench: whole numbers from 1, and the page that it writes. */
import { parseArgs } from "node:util";

/**
 * Reads `--<number>` for each name and `--out`. Throws a sentence where they make no sense.
 * @template {string} Name
 * @param {readonly string[]} args
 * @param {{ numbers: Readonly<Record<Name, number>>, out: string }} defaults
 * @returns {Record<Name, number> & { out: string }}
 */
export function readOptions(args, { numbers, out }) {
  const names = /** @type {Name[]} */ (Object.keys(numbers));
  const options = Object.fromEntries([
    ...names.map((name) => [name, { type: "string", default: String(numbers[name]) }]),
    ["out", { type: "string", default: out }],
  ]);
  const values = /** @type {Record<string, string>} */ (parseArgs({ args: [...args], options }).values);
  const read = names.map((name) => [name, Number(values[name])]);
  const odd = read.find(([, count]) => !Number.isInteger(count) || Number(count) < 1);
  if (odd !== undefined) throw new Error(`--${odd[0]} must be a whole number from 1`);
  return { ...Object.fromEntries(read), out: values["out"] };
}

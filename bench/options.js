/** The options of a bench: whole numbers from 1, texts, and the page that it writes. */
import { parseArgs } from "node:util";

/**
 * Reads `--<name>` for each number and text, and `--out`. Throws a sentence where they make no sense.
 * @template {string} Name
 * @template {string} [Text=never]
 * @param {readonly string[]} args
 * @param {{ numbers: Readonly<Record<Name, number>>, texts?: Readonly<Record<Text, string>>, out: string }} defaults
 * @returns {Record<Name, number> & Record<Text | "out", string>}
 */
export function readOptions(args, { numbers, texts, out }) {
  const defaults = { ...numbers, ...texts, out };
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: String(value) }]),
  );
  const values = /** @type {any} */ (parseArgs({ args: [...args], options }).values);
  for (const name of Object.keys(numbers)) {
    values[name] = Number(values[name]);
    if (!Number.isInteger(values[name]) || values[name] < 1)
      throw new Error(`--${name} must be a whole number from 1`);
  }
  return values;
}

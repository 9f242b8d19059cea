/** What one evaluation of a rule may take, as users write it: in a transform's file, or once for all rules in a setting. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

/** One budget, with its default in the description: what is left out stays as the language has it. */
const budget = <const Most extends number>(usual: number, most: Most, meaning: string) =>
  ({
    type: "integer",
    minimum: 1,
    maximum: most,
    description: `${meaning} ${usual} where it is left out.`,
  }) as const;

/** The budgets' JSON Schema; each may be left out. */
export const budgetsSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    steps: budget(500_000, 50_000_000, "Syntax nodes evaluated, and items gone through."),
    depth: budget(
      1_500,
      2_500,
      "Syntax nodes under evaluation at once, through calls of the rule's functions.",
    ),
    bytes: budget(33_554_432, 1_073_741_824, "Bytes of texts, arrays and objects that are made."),
    output: budget(8_388_608, 268_435_456, "Bytes of the result, two for each character."),
    pattern: budget(4_000_000, 400_000_000, "Characters that regular expressions read."),
  },
} as const satisfies JSONSchema;

/** The budgets that somebody has written down. */
export type GivenBudgets = FromSchema<typeof budgetsSchema>;

/** Reads `steps=1000000,bytes=67108864`; otherwise the part that is none, with what it should be. */
export function readBudgets(
  text: string,
): { readonly value: GivenBudgets } | { readonly part: string; readonly expected: string } {
  const { properties } = budgetsSchema;
  const given: Record<string, number> = {};
  for (const part of text.split(",").filter((one) => one.trim() !== "")) {
    const [, name = "", digits = ""] = /^\s*(\w+)\s*=\s*(\d{1,12})\s*$/.exec(part) ?? [];
    const known = Object.hasOwn(properties, name) ? properties[name as keyof typeof properties] : undefined;
    const count = Number(digits);
    if (known === undefined || count < known.minimum || count > known.maximum) {
      const expected =
        known === undefined
          ? `pairs <budget>=<number> with commas between, of the budgets ${Object.keys(properties).join(", ")}`
          : `from ${known.minimum} to ${known.maximum} for \`${name}\``;
      return { part: part.trim(), expected };
    }
    given[name] = count;
  }
  return { value: given };
}

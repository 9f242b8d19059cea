/** What a route expects of its target's answer: the format of `expect` in `routes/<name>.yaml`, and which statuses it names. */
import type { FromSchema, JSONSchema } from "json-schema-to-ts";

const STATUS = "^[2-5](xx|\\d\\d|\\d\\d-[2-5]\\d\\d)$";

const one = {
  anyOf: [
    { type: "integer", minimum: 200, maximum: 599 },
    { type: "string", pattern: STATUS },
  ],
} as const satisfies JSONSchema;

/** The key's JSON Schema. */
export const expectSchema = {
  type: "object",
  additionalProperties: false,
  anyOf: [{ required: ["status"] }, { required: ["schema"] }, { required: ["where"] }],
  properties: {
    status: {
      anyOf: [...one.anyOf, { type: "array", minItems: 1, items: one }],
      description:
        "Statuses that are expected: numbers, `2xx`, `200-204`, or a list of them. One that is named counts as delivered, whatever it is; another one is a deviation, unless it is 408, 425, 429 or 5xx, which are retried as ever. Without it: 2xx.",
      examples: [["2xx", 404]],
    },
    schema: {
      type: "string",
      minLength: 1,
      description: "Name of a file in `schemas/` that the answer's body satisfies, which then must be JSON.",
      examples: ["ticket.created"],
    },
    where: {
      type: "string",
      minLength: 1,
      description:
        "JSONata that is `true` of the answer: `$` is its body (JSON where it is JSON, else text), `$answer` holds its `status`, `headers` and `body`, `$sent` what the rule made, `$event` the event.",
      examples: ["ok = true and $answer.status = 200"],
    },
    retry: {
      type: "boolean",
      default: false,
      description:
        "A deviation is tried again as the target's `retry` says, and ends as `deviated` after the last attempt; otherwise at once.",
    },
  },
  description:
    "What the target's answer is held against. An answer that deviates ends the delivery in a state of its own, `deviated`, with what was expected and what came.",
} as const satisfies JSONSchema;

/** `expect` with its defaults filled in. */
export type ExpectFile = FromSchema<typeof expectSchema>;

type Statuses = NonNullable<ExpectFile["status"]>;

/** Tests a status; the patterns are as the schema allows them. */
export function statusTest(patterns: Statuses): (status: number) => boolean {
  const ranges = listOf(patterns).map(rangeOf);
  return (status) => ranges.some(([from, to]) => status >= from && status <= to);
}

/** The statuses in words: "2xx or 404". */
export function statusWords(patterns: Statuses): string {
  return listOf(patterns).join(" or ");
}

/** Patterns that name no status, since they end before they begin. */
export function emptyRanges(patterns: Statuses): string[] {
  return listOf(patterns).filter((pattern) => {
    const [from, to] = rangeOf(pattern);
    return from > to;
  });
}

function listOf(patterns: Statuses): string[] {
  return [patterns].flat().map(String);
}

function rangeOf(pattern: string): readonly [number, number] {
  if (pattern.endsWith("xx")) return [Number(pattern[0]) * 100, Number(pattern[0]) * 100 + 99];
  const [from = "", to = from] = pattern.split("-");
  return [Number(from), Number(to)];
}

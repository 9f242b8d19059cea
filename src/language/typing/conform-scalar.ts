/** Texts and numbers held against the bounds, patterns and formats of a schema. */
import type { ErrorCode } from "../../core/errors.ts";
import type { Fields } from "../../core/schema-walk.ts";
import { matchVerdict } from "./pattern-shape.ts";
import { lengthOf } from "./texts.ts";
import type { Texts } from "./texts.ts";
import type { Numbers } from "./lattice.ts";

interface Where {
  readonly path: string;
  readonly at: number | undefined;
}

interface Found extends Where {
  readonly code: ErrorCode;
  readonly says: string;
  readonly isSure: boolean;
  readonly fix?: string | undefined;
}

const limit = ({ path, at }: Where, says: string, isSure: boolean, fix?: string): Found => ({
  ...{ code: "RULE_FIELD_LIMIT", path, at, says, isSure, fix },
});

/** What of a schema's keywords a text may not satisfy. */
export function checkText(text: Texts, schema: Fields, where: Where): Found[] {
  const { minLength, maxLength, pattern, format } = schema;
  const lengths = text.values?.map(lengthOf) ?? [text.min, text.max];
  const [min, max] = [Math.min(...lengths), Math.max(...lengths)];
  const found: Found[] = [];
  if (typeof minLength === "number" && min < minLength)
    found.push(
      minLength === 1
        ? limit(
            where,
            "must not be empty, and may be",
            max < 1,
            "Give a default with `?:`, which is taken for an empty text too.",
          )
        : limit(where, `must have ${minLength} characters or more, and may have ${min}`, max < minLength),
    );
  if (typeof maxLength === "number" && max > maxLength)
    found.push(
      limit(
        where,
        `must have ${maxLength} characters at most, and may have ${Number.isFinite(max) ? max : "any number"}`,
        min > maxLength,
        `Cut it: \`$substring(…, 0, ${maxLength})\`.`,
      ),
    );
  if (typeof pattern === "string") {
    const verdict = matchVerdict(text, pattern);
    if (verdict !== true)
      found.push(
        limit(
          where,
          `must match \`${pattern}\`, and ${verdict === false ? "does not" : "may not"}`,
          verdict === false,
        ),
      );
  }
  if (typeof format === "string" && text.format !== format && !LOOSE_FORMATS.has(format))
    found.push(limit(where, `must be of the format \`${format}\`, and may not be`, false));
  if (text.isVolatile === true) found.push(...checkKey(where));
  return found;
}

/** Formats that every text satisfies, or that are not checked. */
const LOOSE_FORMATS = new Set(["password", "binary", "byte", "markdown", "html"]);

const KEY = /(?:^|[._])(?:(?:dedup\w*|idempotency|unique|external)_?-?(?:key|id)|(?:dedup|idempotency)\w*)$/i;

/** A key that tells repetitions apart must be the same for the same thing. */
function checkKey(where: Where): Found[] {
  const name = where.path.replaceAll("[]", "").replaceAll(/([a-z])([A-Z])/g, "$1_$2");
  if (!KEY.test(name)) return [];
  return [
    {
      ...{ code: "RULE_KEY_UNSTABLE", path: where.path, at: where.at, isSure: false },
      says: "is made of the clock or of chance: two events about the same thing get different keys",
      fix: "Make it of ids that the body brings.",
    },
  ];
}

/** What of a schema's keywords a number may not satisfy. */
export function checkNumber(number: Numbers, schema: Fields, where: Where): Found[] {
  const values = number.values ?? [number.min, number.max];
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const found: Found[] = [];
  const tell = (says: string, isSure: boolean): void => void found.push(limit(where, says, isSure));
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof minimum === "number" && min < minimum)
    tell(`must be ${minimum} or more, and may be less`, max < minimum);
  if (typeof maximum === "number" && max > maximum)
    tell(`must be ${maximum} at most, and may be more`, min > maximum);
  if (typeof exclusiveMinimum === "number" && min <= exclusiveMinimum)
    tell(`must be more than ${exclusiveMinimum}, and may not be`, max <= exclusiveMinimum);
  if (typeof exclusiveMaximum === "number" && max >= exclusiveMaximum)
    tell(`must be less than ${exclusiveMaximum}, and may not be`, min >= exclusiveMaximum);
  if (typeof multipleOf === "number" && !(multipleOf === 1 && number.isInteger))
    tell(`must be a multiple of ${multipleOf}, and may not be`, false);
  if (number.isInexact === true)
    found.push({
      code: "RULE_NUMBER_INEXACT",
      path: where.path,
      at: where.at,
      isSure: false,
      says: "may be beyond 2^53, where a body's numbers are read as texts",
      fix: "Allow `string` beside `integer` in the schemas, and write it with `$string(…)`.",
    });
  if (number.isVolatile === true) found.push(...checkKey(where));
  return found;
}

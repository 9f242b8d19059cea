/** All functions that a rule can call: jsonata's without `$eval`, and `$uuid`. */
import type { Builtin } from "../builtin.ts";
import { arrayFunctions } from "./arrays.ts";
import { callbackFunctions } from "./callbacks.ts";
import { dateFunctions } from "./dates.ts";
import { numberFunctions } from "./numbers.ts";
import { objectFunctions } from "./objects.ts";
import { patternFunctions } from "./patterns.ts";
import { textFunctions } from "./texts.ts";

/** By name without `$`. */
export const library: ReadonlyMap<string, Builtin> = new Map(
  [
    ...arrayFunctions,
    ...callbackFunctions,
    ...dateFunctions,
    ...numberFunctions,
    ...objectFunctions,
    ...patternFunctions,
    ...textFunctions,
  ].map((one) => [one.name, one]),
);

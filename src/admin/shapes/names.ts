/** The shapes by name: the components of the OpenAPI document and the pages under /docs/schemas/api.<name>. */
import type { Shape } from "../endpoint.ts";
import * as catalogue from "./catalogue.ts";
import * as changes from "./changes.ts";
import * as deliveries from "./deliveries.ts";
import * as holds from "./holds.ts";
import * as habits from "./habits.ts";
import * as explanations from "./explanations.ts";
import * as impact from "./impact.ts";
import * as lines from "./lines.ts";
import * as people from "./people.ts";
import * as raw from "./raw.ts";
import * as replays from "./replays.ts";
import * as requests from "./requests.ts";
import * as secondRules from "./second-rules.ts";
import * as settings from "./settings.ts";
import * as state from "./state.ts";
import * as versions from "./versions.ts";

/** Every exported shape of these files that says what it is. */
export const namedShapes: ReadonlyMap<string, Shape> = new Map(
  Object.entries({
    ...catalogue,
    ...changes,
    ...deliveries,
    ...holds,
    ...explanations,
    ...impact,
    ...lines,
    ...people,
    ...raw,
    ...replays,
    ...requests,
    ...habits,
    ...secondRules,
    ...settings,
    ...state,
    ...versions,
  }).flatMap(([name, value]): [string, Shape][] =>
    typeof value === "object" && "description" in value ? [[name, value]] : [],
  ),
);

/** The name of a shape that is exported; undefined for one that stands inside another. */
export function nameOfShape(shape: unknown): string | undefined {
  return names.get(shape);
}

const names = new Map<unknown, string>([...namedShapes].map(([name, shape]) => [shape, name]));

/** line: in which line a delivery stands, by its route's key. */
import type { Delivery } from "../core/delivery.ts";
import { SignalboxError, detailOf } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { routeTag } from "../core/ids.ts";
import { keyText, lineId } from "../core/line-id.ts";
import type { Line } from "../core/line.ts";
import type { Route } from "../rules/workspace.ts";

/** What a key is evaluated on. */
interface Keyed {
  readonly context: EventContext;
  readonly payload: unknown;
}

/** The line; undefined where the route has none. Throws DISPATCH_KEY_FAILED or DISPATCH_KEY_MISSING, and no value of the payload. */
export function lineOf({ name, line }: Route, { payload, context }: Keyed): Line | undefined {
  if (line === undefined) return undefined;
  const { rule, key, terms } = line;
  const tag = routeTag(name);
  if (key === undefined) return { id: lineId(tag, rule, ""), terms };
  let yielded: unknown;
  try {
    yielded = key.evaluateNow(payload, context);
  } catch (cause) {
    throw new SignalboxError(
      "DISPATCH_KEY_FAILED",
      `The key of \`${rule}\` of route \`${name}\`: ${detailOf(cause)}`,
      {
        cause,
      },
    );
  }
  const text = keyText(yielded);
  if (text !== undefined) return { id: lineId(tag, rule, text), terms };
  const said = `The key of \`${rule}\` of route \`${name}\` must yield text, a number, true or false, got ${kindOf(yielded)}.`;
  throw new SignalboxError("DISPATCH_KEY_MISSING", said);
}

/** A delivery with its line. Without one where its key fails: its first attempt says so, and makes a dead letter of it. */
export function inLine(delivery: Delivery, route: Route, keyed: Keyed): Delivery {
  if (route.line === undefined) return delivery;
  try {
    const line = lineOf(route, keyed);
    return line === undefined ? delivery : { ...delivery, line };
  } catch (error) {
    if (error instanceof SignalboxError) return delivery;
    throw error;
  }
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (value === "") return "an empty text";
  return Array.isArray(value) ? "an array" : "an object";
}

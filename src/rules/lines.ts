/** The line of a route: its key compiled, with what is wrong told at its place. */
import { LINE_RULES, type LineRule, type OnDead } from "../core/line.ts";
import type { RouteFile } from "../core/route.ts";
import type { Budgets } from "../language/budgets.ts";
import { loadExpression } from "./expressions.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import type { LineOf } from "./workspace.ts";

/** Why two of them cannot be meant together. */
const WHY: Readonly<Record<string, string>> = {
  "order latest": "`latest` leaves deliveries out, and goes one at a time and in order already",
  "order throttle":
    "an ordered line begins the next delivery when the one before it has ended, a throttled one when its period has room",
  "order batch": "the deliveries of a batch go in one request, in the order in which they came",
  "latest throttle": "`throttle` has `keep: latest` for that",
  "latest batch": "a batch collects what `latest` would leave out",
  "throttle batch": "a batch goes at most once in its `seconds`, or when it is full",
};

/** The line; undefined where the route has none, or none that can be used. */
export function loadLine(
  route: RouteFile,
  { path, document }: Opened,
  budgets: Budgets,
  tell: Tell,
): LineOf | undefined {
  const [rule, other] = LINE_RULES.filter((one) => route[one] !== undefined);
  if (rule === undefined) return undefined;
  if (other !== undefined) {
    const said = `A route has either \`${rule}\` or \`${other}\`: ${WHY[`${rule} ${other}`] ?? ""}.`;
    tell(path, document.place(`/${other}`), "RULE_LINES_CONFLICT", said);
    return undefined;
  }
  if (rule === "batch" && route.gate !== undefined) {
    const said = "A route has either `batch` or `gate`: what a person lets pass is one delivery's request.";
    tell(path, document.place("/gate"), "RULE_LINES_CONFLICT", said);
    return undefined;
  }
  const { key: source, pointer, ...line } = partsOf(route, rule);
  if (source === undefined) return { rule, ...line };
  const key = loadExpression(source, budgets, ({ code, message, fix, ...inner }) =>
    tell(path, document.within(pointer, inner), code, message, fix),
  );
  if (key === undefined) return undefined;
  if (key.isConstant) {
    const said = `The key of \`${rule}\` reads nothing of the event, so all deliveries of the route stand in one line.`;
    tell(path, document.place(pointer), "RULE_KEY_CONSTANT", said);
  }
  return { rule, key, ...line };
}

interface Parts {
  readonly key: string | undefined;
  readonly pointer: string;
  readonly terms: string;
  readonly onDead: OnDead;
}

function partsOf({ order, latest, throttle, batch }: RouteFile, rule: LineRule): Parts {
  const plain = { pointer: `/${rule}/key`, terms: "", onDead: "skip" } as const;
  if (rule === "order") {
    if (typeof order === "string") return { ...plain, key: order, pointer: "/order", onDead: "park" };
    return { ...plain, key: order!.key, onDead: order!.onDead ?? "park" };
  }
  if (rule === "latest") return { ...plain, key: latest!.key };
  if (rule === "throttle") {
    const { key, count, perSeconds, keep } = throttle!;
    return { ...plain, key, terms: `${count},${Math.round(perSeconds * 1000)},${keep}` };
  }
  const { key, max, seconds } = batch!;
  return { ...plain, key, terms: `${max},${Math.round(seconds * 1000)}` };
}

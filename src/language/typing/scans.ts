/** Loops in loops over lists without bounds: what they take grows with the square. */
import type { Node } from "../jsonata.ts";
import { bindingOf } from "./scope.ts";
import type { Env } from "./scope.ts";
import type { Session } from "./session.ts";
import type { Type } from "./lattice.ts";

/** Functions that go through all of their first argument. */
const LOOPING = new Set(["filter", "single", "map", "reduce"]);

/** Items from which on a list counts as one without bounds. */
const MANY = 200;

/** Tells of a list from outside of a loop that is searched through in each of the loop's rounds. */
export function checkScan(node: Node, env: Env, session: Session): void {
  if (env.loop === 0 || !session.isStrict) return;
  const list = scanned(node);
  const origin = list === undefined ? undefined : outside(list, env, session);
  if (list === undefined || origin === undefined) return;
  session.tell(
    "RULE_SCAN_NESTED",
    node,
    `All of \`${origin}\` is gone through for each item of another list: it takes their product.`,
    {
      fix: "Group it once by what is looked for, before the loop (`list{ key: $ }`), and use `$lookup(…)`.",
    },
  );
}

/** The list that a filter or a function goes through. */
function scanned(node: Node): Node | undefined {
  if (node.type === "path") {
    const [first] = node.steps as Node[];
    const isFiltered = (node.steps as Node[]).some(({ stages }) => hasCondition(stages));
    return isFiltered || hasCondition(first?.predicate) ? node : undefined;
  }
  const procedure = node.procedure as Node | undefined;
  const [first] = (node.arguments as Node[] | undefined) ?? [];
  return procedure?.type === "variable" && LOOPING.has(String(procedure.value)) ? first : undefined;
}

function hasCondition(stages: unknown): boolean {
  if (!Array.isArray(stages)) return false;
  return (stages as Node[]).some(
    ({ type, expr }) => type === "filter" && !["number", "unary"].includes((expr as Node).type),
  );
}

/** The path of a list that stands outside of the innermost loop; undefined for all else. */
function outside(node: Node, env: Env, session: Session): string | undefined {
  const steps = node.type === "path" ? (node.steps as Node[]) : [node];
  const [first, ...more] = steps;
  if (first?.type !== "variable" || first.value === "") return undefined;
  const name = String(first.value);
  const binding = name === "$" ? { type: session.root, loop: 0 } : bindingOf(env, name);
  if (binding === undefined || binding.loop >= env.loop) return undefined;
  let type: Type = binding.type;
  let most = type.array?.max ?? 1;
  for (const step of more) {
    if (step.type !== "name") return undefined;
    const item: Type = type.array?.item ?? type;
    const field: Type | undefined = item.shapes
      .map(({ fields }) => fields.get(String(step.value))?.type)
      .find((one) => one !== undefined);
    if (field === undefined) return undefined;
    type = field;
    most = Math.max(most, type.array?.max ?? 1);
  }
  return most > MANY ? `$${name}${more.map(({ value }) => `.${String(value)}`).join("")}` : undefined;
}

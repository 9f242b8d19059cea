/** The inside of a function of the rule, as a call of it begins. */
import type { Node } from "../jsonata.ts";
import { bind, inside } from "./scope.ts";
import type { Env } from "./scope.ts";
import { nothingOf } from "./lattice.ts";
import type { Type } from "./lattice.ts";

/** The parameters of a function of the rule bound, and the condition that is its body: for `$filter`. */
export function enter(
  callee: Type,
  args: readonly Type[],
  env: Env,
): { body: Node; env: Env; name: string } | undefined {
  const [only, ...more] = callee.calls;
  if (only?.kind !== "lambda" || more.length > 0) return undefined;
  const names = (only.node.arguments as Node[]).map(({ value }) => String(value));
  const around = inside(only.env, {
    isScope: true,
    loop: Math.max(only.env.loop, env.loop),
    isUnsure: false,
  });
  names.forEach((name, at) => bind(around, name, args[at] ?? nothingOf()));
  return { body: only.node.body as Node, env: around, name: names[0] ?? "" };
}

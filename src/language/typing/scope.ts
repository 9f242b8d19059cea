/** Where a part of a rule is evaluated: its context, and the variables that it sees. */
import type { Binding, Env, Type } from "./lattice.ts";

export type { Env };

/** The outermost. */
export const outermost = (input: Type): Env => ({
  input,
  context: {},
  vars: new Map(),
  around: undefined,
  isScope: true,
  loop: 0,
  isUnsure: false,
});

/** One inside of another, in which some things are otherwise. */
export function inside(
  around: Env,
  change: Partial<Pick<Env, "input" | "context" | "isScope" | "loop" | "isUnsure">> = {},
): Env {
  return {
    input: around.input,
    context: around.context,
    vars: new Map(),
    around,
    isScope: false,
    loop: around.loop,
    isUnsure: around.isUnsure,
    ...change,
  };
}

export function bindingOf(env: Env, name: string): Binding | undefined {
  for (let at: Env | undefined = env; at !== undefined; at = at.around) {
    const found = at.vars.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The scope that `:=` binds in. */
export function scopeOf(env: Env): Env {
  let at = env;
  while (!at.isScope && at.around !== undefined) at = at.around;
  return at;
}

/** The same surroundings with another context: that of a step, of a predicate. */
export const onItem = (around: Env, input: Type, loop = around.loop): Env =>
  inside(around, { input, context: {}, loop });

/** Binds a name in the innermost surroundings. */
export function bind(env: Env, name: string, type: Type): void {
  env.vars.set(name, { type, id: {}, loop: env.loop });
}

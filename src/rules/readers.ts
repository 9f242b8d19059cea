/** Which rules of a source's events read a path of the body. */
import { matchesType } from "../core/route.ts";
import { pointerKeys } from "../core/schema-walk.ts";
import { analyse } from "../language/typing/analyse.ts";
import type { Expression } from "../language/expression.ts";
import type { Workspace } from "./workspace.ts";

/** An expression that reads a path: `transforms/<name>.jsonata`, or `routes/<name>.yaml when`. */
export type Reader = string;

const known = new WeakMap<Expression, readonly string[]>();

/** Those on the routes that take such events; `path` is a JSON Pointer with `*` for items. Who reads a part of it, or all around it, reads it. */
export function readersOf(
  { source, type, path }: { readonly source: string; readonly type: string; readonly path: string },
  { routesOf }: Pick<Workspace, "routesOf">,
): readonly Reader[] {
  const wanted = pointerKeys(path).filter((key) => key !== "*");
  const found = new Set<Reader>();
  for (const { name, file, when, transform, canary, shadow } of routesOf(source)) {
    if (!matchesType(file.on, type)) continue;
    if (when !== undefined && reads(when, wanted)) found.add(`routes/${name}.yaml when`);
    for (const one of [transform, canary?.transform, shadow?.transform])
      if (one !== undefined && reads(one.rule, wanted)) found.add(`transforms/${one.name}.jsonata`);
  }
  return [...found].sort();
}

function reads(expression: Expression, wanted: readonly string[]): boolean {
  let paths = known.get(expression);
  if (paths === undefined) {
    const all = analyse(expression.source, undefined, undefined).reads.map(plainPath);
    // On the way to a field the objects around it are read: those are not meant.
    paths = all.filter((path) => !all.some((other) => other.startsWith(`${path}.`)));
    known.set(expression, paths);
  }
  const text = wanted.join(".");
  return paths.some((read) => `${text}.`.startsWith(`${read}.`) || read.startsWith(`${text}.`));
}

/** Without what picks items. */
function plainPath(path: string): string {
  return path.replace(/\[[^\]]*\]|\*|`/g, "").replace(/\.{2,}/g, ".");
}

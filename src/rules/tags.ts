/** The `tags` of a source or a route: compiled, with what is wrong in them told at its place. */
import { pointerStep } from "../core/schema-walk.ts";
import { compileExpression } from "../language/expression.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import type { Tag } from "./workspace.ts";

/** Those that can be used, in the file's order. */
export function loadTags(
  tags: Readonly<Record<string, unknown>> | undefined,
  { path, document }: Pick<Opened, "path" | "document">,
  tell: Tell,
): readonly Tag[] {
  return Object.entries(tags ?? {}).flatMap(([name, source]): Tag[] => {
    const compiled = compileExpression(String(source));
    if (compiled.ok) return [{ name, expression: compiled.expression }];
    for (const { code, message, fix, ...inner } of compiled.problems)
      tell(path, document.within(`/tags${pointerStep(name)}`, inner), code, message, fix);
    return [];
  });
}

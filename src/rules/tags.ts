/** The `tags` of a source or a route: compiled, with what is wrong in them told at its place. */
import { pointerStep } from "../core/schema-walk.ts";
import type { Budgets } from "../language/budgets.ts";
import { loadExpression } from "./expressions.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import type { Tag } from "./workspace.ts";

/** Those that can be used, in the file's order. */
export function loadTags(
  tags: Readonly<Record<string, unknown>> | undefined,
  { path, document }: Pick<Opened, "path" | "document">,
  budgets: Budgets,
  tell: Tell,
): readonly Tag[] {
  return Object.entries(tags ?? {}).flatMap(([name, source]): Tag[] => {
    const pointer = `/tags${pointerStep(name)}`;
    const expression = loadExpression(String(source), budgets, ({ code, message, fix, ...inner }) =>
      tell(path, document.within(pointer, inner), code, message, fix),
    );
    return expression === undefined ? [] : [{ name, expression }];
  });
}

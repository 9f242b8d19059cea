/** Operands of a kind that an operator does not take, or that may be missing: how they are told of. */
import type { Node } from "../jsonata.ts";
import { childrenOf } from "../tree.ts";
import { originOf } from "../origin.ts";
import { isEmpty, kindNames, kindsOf, onlyKinds, present } from "./lattice.ts";
import type { Type } from "./lattice.ts";
import type { Session } from "./session.ts";

/** How a value is called in a sentence: by its path, else by what it is written as. */
export function calledIn(node: Node | undefined, type: Type): string {
  const origin = node === undefined ? undefined : originOf(node);
  if (type.from !== undefined && type.from !== "") return `\`${type.from}\``;
  if (origin !== undefined) return `\`${origin}\``;
  if (node === undefined) return "this";
  if (node.type === "string") return `the text ${JSON.stringify(node.value).slice(0, 40)}`;
  const inside = firstOrigin(node);
  return inside === undefined ? "this" : `what is made of \`${inside}\``;
}

/** The first path or variable in an expression. */
function firstOrigin(node: Node): string | undefined {
  const { procedure } = node;
  for (const child of childrenOf(node)) {
    const found = child === procedure ? undefined : (originOf(child) ?? firstOrigin(child));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where one side is of a wrong kind: told, and true where it surely is. */
export function tellWrong(
  node: Node,
  side: Node,
  type: Type,
  kinds: string,
  does: string,
  session: Session,
): boolean {
  const wrong = present(onlyKinds(type, [..."snblaof"].filter((kind) => !kinds.includes(kind)).join("")));
  if (isEmpty(wrong) || (type.isAny && !session.isStrict)) return false;
  const isSure = isEmpty(onlyKinds(type, kinds)) && type.nothing === undefined;
  const verb = isSure ? "is" : "may be";
  session.tell(
    "RULE_OPERAND_TYPE",
    node,
    `${sentence(calledIn(side, type))} ${verb} ${kindNames(kindsOf(wrong))}: ${does}.`,
    {
      fix: fixFor(wrong, kinds),
      isSure,
    },
  );
  return isSure;
}

export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function fixFor(wrong: Type, kinds: string): string | undefined {
  if (wrong.isNull) return "Give a default with `?:`, or look first whether it is there.";
  if (wrong.text !== undefined && kinds.includes("n"))
    return "Convert it with `$number(…)`. Texts are joined with `&`.";
  if (wrong.array !== undefined) return "Take one with `[0]`, or go through them with `.` or `$map`.";
  return undefined;
}

export function tellMissing(
  node: Node,
  sides: readonly [Node, Type][],
  does: string,
  session: Session,
): void {
  if (!session.isStrict) return;
  for (const [side, type] of sides) {
    if (type.nothing === undefined || type.isAny) continue;
    const why = type.nothing[0];
    session.tell(
      "RULE_OPERAND_MISSING",
      node,
      `${sentence(calledIn(side, type))} may be nothing${why === undefined ? "" : ` (${why})`}: ${does}.`,
      {
        fix: "Give a default with `?:`, or look first whether it is there.",
      },
    );
    return;
  }
}

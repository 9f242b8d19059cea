/** Values written as text by `&` and `$string`. */
import type { Node } from "../jsonata.ts";
import { isEmpty, kindNames, kindsOf, onlyKinds, present, textType } from "./lattice.ts";
import type { Numbers, Type } from "./lattice.ts";
import type { Session } from "./session.ts";
import { BLANKS, SOME_TEXT, concatenated, joinTexts, textsOf } from "./texts.ts";
import type { Texts } from "./texts.ts";
import { calledIn, sentence } from "./wrong-kinds.ts";

export function joined(node: Node, left: Type, right: Type, session: Session): Type {
  for (const [side, type] of [
    [node.lhs as Node, left],
    [node.rhs as Node, right],
  ] as const)
    checkWritten(node, side, type, session);
  return textType(concatenated(writtenText(left), writtenText(right)));
}

/** What `&` writes of a value that is no text, and which is likely not meant. */
function checkWritten(node: Node, side: Node, type: Type, session: Session): void {
  if (!session.isStrict || type.isAny) return;
  const odd = present(onlyKinds(type, "laof"));
  if (!isEmpty(odd)) {
    const what = kindNames(kindsOf(odd));
    const as = odd.isNull ? 'it is written "null"' : "it is written as JSON";
    session.tell(
      "RULE_OPERAND_TYPE",
      node,
      `${sentence(calledIn(side, type))} may be ${what}: ${as} into the text.`,
      {
        fix: odd.isNull
          ? "Give a default with `?:`."
          : "Take a field of it, or join its items with `$join(…)`.",
      },
    );
  }
  const cause = type.nothing?.find((one) => one.startsWith("`"));
  if (cause !== undefined)
    session.tell(
      "RULE_OPERAND_MISSING",
      node,
      `${sentence(calledIn(side, type))} may be nothing (${cause}): the text lacks it then.`,
      {
        fix: "Give a default with `?:`, or leave out the words around it too.",
      },
    );
}

const NUMBER_TEXT: Texts = { ...SOME_TEXT, min: 1, max: 25, without: BLANKS, isSolid: true };

/** A value as `&` and `$string` write it; nothing as "". */
export function writtenText(type: Type): Texts {
  if (type.isAny) return SOME_TEXT;
  const parts: Texts[] = [];
  if (type.nothing !== undefined) parts.push(textsOf(""));
  if (type.isNull) parts.push(textsOf("null"));
  if (type.bool !== 0)
    parts.push(textsOf(...(type.bool & 1 ? ["false"] : []), ...(type.bool & 2 ? ["true"] : [])));
  if (type.text !== undefined) parts.push(type.text);
  if (type.number !== undefined) parts.push(numberText(type.number));
  if (type.calls.length > 0) parts.push(textsOf(""));
  if (type.array !== undefined || type.shapes.length > 0) parts.push({ ...SOME_TEXT, min: 2, isSolid: true });
  return parts.length === 0 ? textsOf("") : parts.reduce(joinTexts);
}

function numberText({ values, isVolatile, isInteger, min, max }: Numbers): Texts {
  const more = isVolatile === true ? { isVolatile } : {};
  if (values !== undefined && isInteger) return { ...textsOf(...values.map(String)), ...more };
  const isSmall = isInteger && min >= 0 && max < 1e15;
  return { ...NUMBER_TEXT, ...(isSmall ? { max: String(max).length } : {}), ...more };
}

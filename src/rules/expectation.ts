/** `expect` of a route, made ready: what its target's answers are held against. */
import { emptyRanges, statusTest, statusWords } from "../core/expectation.ts";
import type { ExpectFile } from "../core/expectation.ts";
import type { Budgets } from "../language/budgets.ts";
import { loadExpression } from "./expressions.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { resolveSchema } from "./schemas.ts";
import type { SchemaNames } from "./schemas.ts";
import type { Expectation } from "./workspace.ts";

/** Variables of `where` besides `$event`. */
const NAMES = ["answer", "sent"];

/** The expectation; undefined where there is none. Whatever is wrong with it is told. */
export function loadExpectation(
  expect: ExpectFile | undefined,
  { path, document }: Opened,
  known: SchemaNames & { readonly budgets: Budgets },
  tell: Tell,
): Expectation | undefined {
  if (expect === undefined) return undefined;
  const { status, schema: name, where: text, retry } = expect;
  for (const pattern of status === undefined ? [] : emptyRanges(status)) {
    const said = `\`/expect/status\` must name statuses from the lower to the higher one, got ${pattern}.`;
    tell(path, document.place("/expect/status"), "RULE_VALUE_INVALID", said);
  }
  const place = document.place("/expect/schema");
  const schema = name === undefined ? undefined : resolveSchema(name, known, path, place, tell);
  const where =
    text === undefined
      ? undefined
      : loadExpression(
          text,
          known.budgets,
          ({ code, message, fix, ...inner }) =>
            tell(path, document.within("/expect/where", inner), code, message, fix),
          NAMES,
        );
  return {
    ...(status !== undefined && { isExpected: statusTest(status), expected: statusWords(status) }),
    ...(schema && { schema }),
    ...(where && { where }),
    retries: retry,
  };
}

/** expect: a target's answer is held against what its route expects of it. */
import { answerValue, jsonOf } from "../core/answer-value.ts";
import { SignalboxError, detailOf } from "../core/errors.ts";
import { verdictOfStatus } from "../core/retry.ts";
import { schemaPartOf } from "../core/schema-part.ts";
import type { EventContext } from "../core/event.ts";
import type { Answer } from "../ports.ts";
import type { Expectation } from "../rules/workspace.ts";

/** An answer with what led to it: "target `x`", "POST https://…", the result that was sent, the event. */
export interface Answered {
  readonly answer: Answer;
  readonly who: string;
  readonly asked: string;
  readonly sent: unknown;
  readonly context: EventContext;
}

/**
 * True where the answer is as expected; false where its status says by itself what follows, as without an expectation.
 * Throws FORWARD_ANSWER_DEVIATED with what was expected and what came, and no part of the answer.
 */
export async function meets(expectation: Expectation, answered: Answered): Promise<boolean> {
  const { isExpected, expected, schema, where } = expectation;
  const { status } = answered.answer;
  const verdict = verdictOfStatus(status);
  if (isExpected === undefined ? verdict !== "delivered" : !isExpected(status)) {
    if (isExpected === undefined || verdict === "retry") return false;
    throw deviated(answered, `expected status ${expected!}, got ${status}`);
  }
  if (schema !== undefined) holdAgainstSchema(schema, answered);
  if (where !== undefined) await holdAgainstWhere(where, answered);
  return true;
}

function holdAgainstSchema({ name, validate }: NonNullable<Expectation["schema"]>, answered: Answered): void {
  const { answer } = answered;
  if (answer.cut === true)
    throw deviated(answered, "expected an answer that can be read whole, got a longer one");
  const read = jsonOf(answer.body);
  if (read === undefined) {
    const got =
      answer.body === ""
        ? "nothing"
        : (/^[\w.+/-]+/.exec(answer.headers["content-type"] ?? "")?.[0] ?? "other text");
    throw deviated(answered, `expected JSON that satisfies schema \`${name}\`, got ${got}`);
  }
  const [misfit] = validate(read.value);
  if (misfit === undefined) return;
  const said = `expected a body that satisfies schema \`${name}\`, got one that does not: ${misfit.message}`;
  throw deviated(answered, said, { schema: schemaPartOf(name, misfit.schemaPath) });
}

async function holdAgainstWhere(where: NonNullable<Expectation["where"]>, answered: Answered): Promise<void> {
  const { answer, context, sent } = answered;
  if (answer.cut === true)
    throw deviated(answered, "expected an answer that can be read whole, got a longer one");
  const body = answerValue(answer.body);
  const { status, headers } = answer;
  let held: unknown;
  try {
    held = await where.evaluate(body, context, { answer: { status, headers, body }, sent });
  } catch (cause) {
    throw deviated(answered, `\`where\` failed on the answer: ${detailOf(cause).replace(/\.$/, "")}`, {
      cause,
    });
  }
  if (held !== true)
    throw deviated(answered, `expected \`where\` to be true of the answer, got ${kindOf(held)}`);
}

/** A value without what it holds. */
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : typeof value === "string" ? "text" : `a value (${typeof value})`;
}

function deviated(
  { answer, who, asked }: Answered,
  why: string,
  options: ConstructorParameters<typeof SignalboxError>[2] = {},
): SignalboxError {
  const said = `${who} answered ${answer.status} to ${asked}: ${why}.`;
  return new SignalboxError("FORWARD_ANSWER_DEVIATED", said, options);
}

/** The thread that evaluates what takes longer: no environment, a heap of its own. Answers in the order in which it is asked. */
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { SignalboxError } from "../../core/errors.ts";
import type { Told, Wish } from "../../language/aside.ts";
import { compileExpression, type Expression } from "../../language/expression.ts";

/** setpriority(2): 0 is usual, 19 the least. Linux takes it of a thread. */
const NICE = 10;
/** Expressions that are kept compiled, the latest used. */
const MOST_KEPT = 100;

const kept = new Map<string, Expression>();

function compiled({ source, budgets, variables = {} }: Wish): Expression {
  const names = Object.keys(variables).filter((name) => name !== "enrich");
  const key = JSON.stringify([source, budgets, names]);
  let expression = kept.get(key);
  if (expression === undefined) {
    const made = compileExpression(source, budgets, { variables: names });
    if (!made.ok) throw new Error("A rule that compiled does not compile in the thread.");
    expression = made.expression;
  }
  kept.delete(key);
  kept.set(key, expression);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT) kept.delete(oldest!);
  return expression;
}

async function told(wish: Wish): Promise<Told> {
  let spent = 0;
  const hear = (share: number): void => void (spent = share);
  try {
    const value = await compiled(wish).evaluate(wish.payload, wish.context, wish.variables, hear);
    return { spent, value };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return { spent, code: error.code, detail: error.detail };
  }
}

// Where events and a hostile rule want the same processor, the events come first. Elsewhere than on Linux it would be the whole process.
if (process.platform === "linux") setPriority(NICE);

/** One after the other: an answer is known by its place alone. */
let last = Promise.resolve();
parentPort?.on("message", (wish: Wish) => {
  last = last.then(async () => parentPort?.postMessage(await told(wish)));
});

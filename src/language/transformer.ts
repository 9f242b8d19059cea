/** `| pattern | update, delete |`: a function that changes a copy of what it is given. */
import { isFunction } from "./callable.ts";
import type { Callable } from "./callable.ts";
import { apply } from "./calls.ts";
import type { Code, Compiler, Frame } from "./code.ts";
import { copied } from "./copy.ts";
import { Fault, placed } from "./fault.ts";
import type { Node } from "./jsonata.ts";
import { originOf } from "./origin.ts";
import { spendBytes, spendSteps, ITEM_BYTES } from "./run.ts";
import { signatureOf } from "./signature.ts";
import { weightOf } from "./tree.ts";
import { setField } from "./values.ts";

const SIGNATURE = signatureOf("<(oa):o>");

/** The code of a transform operator; `clone` is what `$clone` means there, `ownClone` the built-in. */
export function transformer(
  node: Node,
  compiler: Compiler,
  clone: Code,
  ownClone: Callable | undefined,
): Code {
  const pattern = compiler.compile(node.pattern as Node);
  const update = compiler.compile(node.update as Node);
  const remove = node.delete === undefined ? undefined : compiler.compile(node.delete as Node);
  const { run } = compiler;
  const weight = 4 + weightOf(node);

  const changed = (given: unknown, frame: Frame, input: unknown): unknown => {
    const cloner = clone(input, frame);
    if (!isFunction(cloner)) throw new Fault("T2013", { position: node.position });
    // Only what is copied here is changed: a pattern, or a `$clone` of the rule's own, may yield a part of the body.
    const copies = new Set<object>();
    const source = cloner === ownClone ? given : apply(cloner, [given], null, run);
    const result = copied(source, run, copies);
    const found = pattern(result, frame);
    const matches: readonly unknown[] = Array.isArray(found) ? found : found === undefined ? [] : [found];
    spendSteps(run, weight * matches.length);
    for (const match of matches) change(match, copies, frame);
    return result;
  };

  const change = (match: unknown, copies: ReadonlySet<object>, frame: Frame): void => {
    const own = typeof match === "object" && match !== null && copies.has(match) ? match : undefined;
    const record = own as Record<string, unknown> | undefined;
    const updates = update(match, frame);
    if (updates !== undefined) {
      if (typeof updates !== "object" || updates === null || Array.isArray(updates))
        throw wrong("T2011", updates, node.update as Node);
      const names = Object.keys(updates);
      spendBytes(run, ITEM_BYTES * names.length);
      if (record !== undefined)
        for (const name of names) setField(record, name, (updates as Record<string, unknown>)[name]);
    }
    const deletions = remove?.(match, frame);
    if (deletions === undefined) return;
    const names: readonly unknown[] = Array.isArray(deletions) ? deletions : [deletions];
    if (names.some((name) => typeof name !== "string")) throw wrong("T2012", deletions, node.delete as Node);
    if (record !== undefined) for (const name of names) Reflect.deleteProperty(record, name as string);
  };

  return (input, frame) => {
    const call = (args: readonly unknown[], context: unknown): unknown => {
      const [given] = SIGNATURE.validate(args, context);
      if (given === undefined) return undefined;
      try {
        return changed(given, frame, input);
      } catch (thrown) {
        throw placed(thrown, node.position, "|");
      }
    };
    return Object.assign(call, { arity: 1, takesContext: false });
  };
}

const wrong = (code: string, value: unknown, node: Node): Fault =>
  new Fault(code, { value, position: node.position, origin: originOf(node) });

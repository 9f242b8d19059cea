/**
 * Direct evaluation: the commonest parts of JSONata turned into closures once, so that an ordinary rule costs microseconds
 * and no promise. It never has the last word on anything unusual: what it does not know it does not compile, and where an
 * evaluation ends in an error, a limit or a value of a kind that it is not sure of, the reference evaluates instead.
 */
import type { Definition, Implementation, Node } from "./jsonata.ts";
import { builtins } from "./jsonata.ts";
import type { Meter } from "./meter.ts";
import { operators, own, type Own } from "./direct-functions.ts";
import {
  Frame,
  bounded,
  collapsed,
  flattened,
  isLambda,
  focus,
  isSequence,
  isTrue,
  lookup,
  sequenceOf,
  undecided,
  type Lambda,
  type Sequence,
} from "./direct-values.ts";

/** Evaluates a node on a context, with the variables of a frame. */
type Run = (input: unknown, frame: Frame) => unknown;

/** Thrown while compiling, for what is left to the reference. */
class Unknown extends Error {}

/** A call in tail position, not made yet: whoever applied the lambda makes it, on its own context. */
class TailCall {
  readonly call: (input: unknown) => unknown;

  constructor(call: (input: unknown) => unknown) {
    this.call = call;
  }
}

/** Keys that change what a node means and are not known here. */
const KNOWN = new Set(
  "type value position name arguments procedure lhs rhs expression expressions steps stages predicate condition then else body keepArray keepSingletonArray consarray thunk".split(
    " ",
  ),
);
const NODES = 64;

/** The expression as one function of body and variables, or undefined where the reference is needed for it. Throws whatever it meets. */
export function compileDirect(
  tree: Node,
  definitions: ReadonlyMap<string, Definition>,
  meter: Meter,
): ((payload: unknown, variables: Readonly<Record<string, unknown>>) => unknown) | undefined {
  let run: Run;
  try {
    run = new Compiler(definitions, meter).compile(tree);
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
  return (payload, variables) => {
    const input = Array.isArray(payload)
      ? Object.assign(sequenceOf(payload), { outerWrapper: true as const })
      : payload;
    const frame = new Frame(undefined);
    for (const [name, value] of Object.entries(variables)) frame.bind(name, value);
    frame.bind("$", input);
    const result = run(input, frame);
    return result instanceof TailCall ? undecided() : result;
  };
}

class Compiler {
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #meter: Meter;
  readonly #own: ReadonlyMap<Implementation, Own>;
  #nodes = 0;

  constructor(definitions: ReadonlyMap<string, Definition>, meter: Meter) {
    this.#definitions = definitions;
    this.#meter = meter;
    this.#own = new Map(
      Object.entries(own).map(([name, apply]) => [definitions.get(name)!.implementation, apply]),
    );
  }

  /** A node with its predicates, its result collapsed as every node's is. */
  compile(node: Node): Run {
    for (const [key, value] of Object.entries(node))
      if (value !== undefined && !KNOWN.has(key)) throw new Unknown(key);
    const inner = this.#inner(node);
    const predicates = nodesOf(node.predicate).map((predicate) => this.#filter(predicate));
    const keepArray = node.keepArray === true;
    const isLiteral = node.type === "string" || node.type === "number" || node.type === "value";
    if (isLiteral && predicates.length === 0) return inner;
    return (input, frame) => {
      if (++this.#nodes % NODES === 0) this.#meter.checkTime();
      let result = inner(input, frame);
      for (const predicate of predicates) result = predicate(result, frame);
      return collapsed(result, keepArray);
    };
  }

  #inner(node: Node): Run {
    switch (node.type) {
      case "string":
      case "number":
      case "value":
        return () => node.value;
      case "name":
        return (input) => lookup(input, node.value as string);
      case "variable":
        return variable(node.value as string);
      case "path":
        return this.#path(node);
      case "block":
        return this.#block(node);
      case "bind":
        return this.#bind(node);
      case "condition":
        return this.#condition(node);
      case "binary":
        return this.#binary(node);
      case "unary":
        return this.#unary(node);
      case "function":
        return this.#function(node);
      case "apply":
        return this.#chain(node);
      case "lambda":
        return node.thunk === true ? this.#tailCall(node) : this.#lambda(node);
      default:
        throw new Unknown(node.type);
    }
  }

  #block(node: Node): Run {
    const runs = nodesOf(node.expressions).map((one) => this.compile(one));
    return (input, frame) => {
      const inside = new Frame(frame);
      let result: unknown;
      for (const run of runs) result = run(input, inside);
      return result;
    };
  }

  #bind(node: Node): Run {
    const value = this.compile(node.rhs as Node);
    const name = (node.lhs as Node).value as string;
    return (input, frame) => {
      const bound = value(input, frame);
      frame.bind(name, bound);
      return bound;
    };
  }

  #condition(node: Node): Run {
    const condition = this.compile(node.condition as Node);
    const then = this.compile(node.then as Node);
    const otherwise = node.else === undefined ? () => undefined : this.compile(node.else as Node);
    return (input, frame) => (isTrue(condition(input, frame)) ? then(input, frame) : otherwise(input, frame));
  }

  #binary(node: Node): Run {
    const left = this.compile(node.lhs as Node);
    const right = this.compile(node.rhs as Node);
    const operator = node.value as string;
    if (operator === "and")
      return (input, frame) => isTrue(left(input, frame)) && isTrue(right(input, frame));
    if (operator === "or") return (input, frame) => isTrue(left(input, frame)) || isTrue(right(input, frame));
    const apply = operators[operator];
    if (apply === undefined) throw new Unknown(operator);
    return (input, frame) => apply(left(input, frame), right(input, frame));
  }

  #unary(node: Node): Run {
    if (node.value === "[") return this.#array(node);
    if (node.value === "{") return this.#object(node);
    throw new Unknown(String(node.value));
  }

  #array(node: Node): Run {
    const items = nodesOf(node.expressions).map((one) => ({
      run: this.compile(one),
      nested: one.value === "[",
    }));
    return (input, frame) => {
      const result: unknown[] = [];
      for (const { run, nested } of items) {
        const value = run(input, frame);
        if (Array.isArray(value) && !nested) for (const one of value) result.push(one);
        else if (value !== undefined) result.push(value);
      }
      if (node.consarray === true) Object.defineProperty(result, "cons", { value: true });
      return bounded(result);
    };
  }

  /** An object constructor: items whose key is the same make one group, and the value is evaluated on the group. */
  #object(node: Node): Run {
    const pairs = (node.lhs as [Node, Node][]).map(
      ([key, value]) => [this.compile(key), this.compile(value)] as const,
    );
    return (input, frame) => {
      // The reference writes into an empty array here, be it the payload's: what comes of that is its own affair.
      const items: unknown[] = Array.isArray(input) ? (input.length > 0 ? input : undecided()) : [input];
      const groups = Object.create(null) as Record<string, { pair: number; data: unknown }>;
      for (const item of items) {
        pairs.forEach(([keyOf], pair) => {
          const key = keyOf(item, frame);
          if (key === undefined) return;
          if (typeof key !== "string" || key.startsWith("_jsonata_")) undecided();
          const group = groups[key as string];
          if (group === undefined) groups[key as string] = { pair, data: item };
          else if (group.pair !== pair) undecided();
          else group.data = appended(group.data, item);
        });
      }
      const result = Object.create(null) as Record<string, unknown>;
      for (const key of Object.keys(groups)) {
        const { pair, data } = groups[key]!;
        const value = pairs[pair]![1](data, frame);
        if (value !== undefined) result[key] = value;
      }
      return result;
    };
  }

  #path(node: Node): Run {
    const steps = nodesOf(node.steps).map((step) => ({
      run: this.compile({ ...step, stages: undefined } as Node),
      stages: nodesOf(step.stages).map((stage) => this.#filter(stage)),
      consarray: step.consarray === true,
    }));
    const isAbsolute = nodesOf(node.steps)[0]?.type === "variable";
    const last = steps.length - 1;
    return (input, frame) => {
      let items: unknown[] = Array.isArray(input) && !isAbsolute ? input : sequenceOf(input);
      for (const [at, { run, stages, consarray }] of steps.entries()) {
        if (at === 0 && consarray) {
          const made = run(items, frame);
          items = Array.isArray(made) ? made : undecided();
        } else {
          const results: unknown[] = [];
          for (const item of items) {
            let result = run(item, frame);
            for (const stage of stages) result = stage(result, frame);
            if (result !== undefined) results.push(result);
          }
          items = flattened(results, at === last);
        }
        if (items.length === 0) break;
      }
      if (node.keepSingletonArray !== true) return items;
      const kept: Sequence =
        (items as Sequence).cons === true && !isSequence(items) ? sequenceOf(items) : items;
      kept.keepSingleton = true;
      return kept;
    };
  }

  /** A predicate: by position where it is a number, else each item on which it is true or whose position it names. */
  #filter(stage: Node): Run {
    if (stage.type !== "filter") throw new Unknown(stage.type);
    const predicate = stage.expr as Node;
    if (predicate.type === "number") return byPosition(Math.floor(predicate.value as number));
    const run = this.compile(predicate);
    return (input, frame) => {
      const items = Array.isArray(input) ? input : sequenceOf(input);
      const results = sequenceOf();
      items.forEach((item, at) => {
        const verdict = run(item, frame);
        const positions = typeof verdict === "number" ? [verdict] : verdict;
        if (
          Array.isArray(positions) &&
          positions.length > 0 &&
          positions.every((one) => typeof one === "number")
        ) {
          for (const one of positions as number[]) {
            const position = Math.floor(one);
            if ((position < 0 ? items.length + position : position) === at) results.push(item);
          }
        } else if (isTrue(positions)) results.push(item);
      });
      return results;
    };
  }

  #lambda(node: Node): Run {
    if (node.signature !== undefined) throw new Unknown("signature");
    const names = nodesOf(node.arguments).map(({ value }) => value as string);
    const body = this.compile(node.body as Node);
    return (input, frame) => {
      const apply = (args: readonly unknown[], caller: unknown): unknown => {
        const inside = new Frame(frame);
        names.forEach((name, at) => inside.bind(name, args[at]));
        let result = body(input, inside);
        while (result instanceof TailCall) result = result.call(caller);
        return result;
      };
      return Object.assign(apply, { parameters: names.length }) satisfies Lambda;
    };
  }

  #tailCall(node: Node): Run {
    const body = node.body as Node;
    if (body.type !== "function" || body.predicate !== undefined) throw new Unknown("thunk");
    const { procedure, args } = this.#parts(body);
    return (input, frame) =>
      new TailCall((caller) =>
        this.#apply(
          procedure(frame),
          args.map((arg) => arg(input, frame)),
          caller,
        ),
      );
  }

  #function(node: Node): Run {
    const { procedure, args } = this.#parts(node);
    return (input, frame) =>
      this.#apply(
        procedure(frame),
        args.map((arg) => arg(input, frame)),
        input,
      );
  }

  /** `value ~> $function(…)`: the value becomes the first argument. */
  #chain(node: Node): Run {
    const right = node.rhs as Node;
    if (right.type !== "function" || right.predicate !== undefined || right.keepArray !== undefined)
      throw new Unknown("~>");
    const left = this.compile(node.lhs as Node);
    const { procedure, args } = this.#parts(right);
    return (input, frame) => {
      const first = left(input, frame);
      return this.#apply(procedure(frame), [first, ...args.map((arg) => arg(input, frame))], input);
    };
  }

  #parts(node: Node): { procedure: (frame: Frame) => unknown; args: Run[] } {
    for (const [key, value] of Object.entries(node))
      if (value !== undefined && !KNOWN.has(key)) throw new Unknown(key);
    const procedure = node.procedure as Node;
    if (procedure.type !== "variable" || procedure.predicate !== undefined) throw new Unknown("procedure");
    const name = procedure.value as string;
    const definition = this.#definitions.get(name);
    // A promise that nobody awaits would end the process when it is rejected: such functions are not begun here.
    if (isAsync(builtins.get(name)) && !(name in own)) throw new Unknown(name);
    return {
      procedure: (frame) => {
        const bound = frame.find(name);
        return bound === undefined ? definition : bound;
      },
      args: nodesOf(node.arguments).map((one) => this.compile(one)),
    };
  }

  #apply(procedure: unknown, args: unknown[], input: unknown): unknown {
    if (++this.#nodes % NODES === 0) this.#meter.checkTime();
    if (isLambda(procedure)) return procedure(args, input);
    if (typeof procedure !== "object" || procedure === null || !("implementation" in procedure))
      return undecided();
    const { implementation, signature } = procedure as Definition & { signature?: Validates };
    const validated = signature === undefined ? args : signature.validate(args, input);
    const instead = this.#own.get(implementation);
    if (instead !== undefined) return instead(validated);
    if (validated.some(isLambda)) undecided();
    const result = implementation.apply(focus, validated);
    if (result instanceof Promise) result.catch(() => undefined);
    return result instanceof Promise || typeof result === "function" ? undecided() : result;
  }
}

/** What jsonata makes of a signature. */
interface Validates {
  readonly definition: string;
  validate(args: readonly unknown[], context: unknown): unknown[];
}

function isAsync(definition: Definition | undefined): boolean {
  return definition?.implementation.constructor.name === "AsyncFunction";
}

const appended = (left: unknown, right: unknown): unknown =>
  builtins.get("append")!.implementation.call(focus, left, right);

function nodesOf(value: unknown): readonly Node[] {
  return (value ?? []) as readonly Node[];
}

function variable(name: string): Run {
  if (name === "") {
    return (input) =>
      Array.isArray(input) && (input as Sequence).outerWrapper === true ? (input[0] as unknown) : input;
  }
  // A built-in that is passed on as a value is the reference's business.
  return (_input, frame) => {
    const value = frame.find(name);
    return value === undefined && builtins.has(name) ? undecided() : value;
  };
}

function byPosition(position: number): Run {
  return (input) => {
    const items = Array.isArray(input) ? input : sequenceOf(input);
    const item: unknown = items[position < 0 ? items.length + position : position];
    if (Array.isArray(item)) return item;
    return item === undefined ? sequenceOf() : sequenceOf(item);
  };
}

/** `signalbox try`: one body through one transform, with every verdict on the way. */
import type { Command } from "commander";
import { SignalboxError } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import { hintForResult } from "../language/hints.ts";
import { RuleFailure, explain } from "../language/rule-failure.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Transform, Workspace } from "../rules/workspace.ts";
import { readJson } from "./json-file.ts";
import { EXIT, end, note, out, outJson, paint, pretty } from "./print.ts";
import { settingsOf, type Common } from "./options.ts";
import { openWorkspace } from "./workspace.ts";

interface Options extends Common {
  readonly type?: string;
  readonly enrich?: string;
  readonly json?: boolean;
}

/** What a step said: fine, or the sentence of what is wrong. */
type Verdict =
  "ok" | "none" | { readonly code: string; readonly detail: string; readonly explanation?: string };

interface Tried {
  readonly input: Verdict;
  readonly rule: Verdict;
  readonly output: Verdict;
  readonly result?: unknown;
}

export function tryCommand(program: Command): void {
  program
    .command("try <transform> [event]")
    .description(
      "print body, rule, result and verdicts for a JSON file, for standard input (-), or for the first case",
    )
    .option("--type <type>", "the event's type, as $event.type")
    .option("--enrich <file>", "a JSON file with what lookups have brought, as $enrich; a case has its own")
    .option("--json", 'print {"input","rule","output","result"}')
    .addHelpText("after", "\nExample:\n  $ signalbox try github-push-to-chat push.json")
    .action((transform: string, event: string | undefined, _options, command: Command) =>
      tryTransform(transform, event, command.optsWithGlobals()),
    );
}

async function tryTransform(name: string, file: string | undefined, options: Options): Promise<void> {
  const workspace = await openWorkspace(settingsOf(options), process.env, true);
  if (workspace === undefined) return end(EXIT.failed);
  const transform = workspace.transforms.get(name);
  if (transform === undefined) {
    note(`There is no transform \`${name}\`.${didYouMean(name, workspace.transforms.keys())}`);
    return end(EXIT.usage);
  }
  const body = await bodyOf(file, transform);
  if (body === undefined) return end(EXIT.usage);
  const given = options.enrich === undefined ? { value: body.enrich } : await readJson(options.enrich);
  if (given === undefined) return end(EXIT.usage);
  const context = contextOf(workspace, name, options.type);
  const tried = await attempt(transform, body.value, context, given.value);
  if (options.json) outJson(tried);
  else show(transform, body.value, tried);
  end(
    [tried.input, tried.rule, tried.output].every((verdict) => typeof verdict === "string")
      ? EXIT.fine
      : EXIT.failed,
  );
}

async function bodyOf(
  file: string | undefined,
  transform: Transform,
): Promise<{ value: unknown; enrich?: unknown } | undefined> {
  if (file === undefined) {
    const [first] = transform.cases;
    if (first !== undefined) return { value: first.payload, enrich: first.enrich };
    note(`Transform \`${transform.name}\` has no case; name a JSON file, or - for standard input.`);
    return undefined;
  }
  return readJson(file);
}

/** Goes on past an input that does not fit, so that both sides of the rule can be seen. */
async function attempt(
  { name, rule, input, output }: Transform,
  payload: unknown,
  context: EventContext,
  enrich: unknown,
): Promise<Tried> {
  const check = (schema: typeof input, value: unknown, code: string): Verdict => {
    if (schema === undefined) return "none";
    const problems = schema.validate(value);
    if (problems.length === 0) return "ok";
    const hint = code === "TRANSFORM_OUTPUT_INVALID" ? hintForResult(problems[0]!) : undefined;
    const detail = problems.map(({ message }) => message).join("; ");
    return { code, detail: hint === undefined ? detail : `${detail}. ${hint}` };
  };
  const before = check(input, payload, "TRANSFORM_INPUT_INVALID");
  try {
    const result = await rule.evaluate(payload, context, { enrich });
    if (result === undefined) {
      return {
        input: before,
        rule: { code: "TRANSFORM_RESULT_EMPTY", detail: "The rule made nothing." },
        output: "none",
      };
    }
    return { input: before, rule: "ok", output: check(output, result, "TRANSFORM_OUTPUT_INVALID"), result };
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    const { code, detail } = error;
    const explanation =
      error instanceof RuleFailure ? explain(error, rule.source, `transforms/${name}.jsonata`) : undefined;
    const verdict = { code, detail, ...(explanation !== undefined && { explanation }) };
    return { input: before, rule: verdict, output: "none" };
  }
}

/** An event as if it had just come to the first route that uses the transform. */
function contextOf(workspace: Workspace, transform: string, type: string | undefined): EventContext {
  const route = [...workspace.routes.values()].find((one) => one.transform?.name === transform);
  const source = route?.file.source ?? "try";
  const first = route?.file.on.find((pattern) => !pattern.includes("*"));
  return {
    id: "evt_06f00000000000000000000000",
    source,
    type: type ?? first ?? "",
    receivedAt: new Date().toISOString(),
    headers: {},
    query: {},
    method: "POST",
    path: `/hooks/${source}`,
  };
}

function show({ name, rule, input, output }: Transform, payload: unknown, tried: Tried): void {
  out(paint.bold("body"));
  out(pretty(payload));
  out(paint.bold(`\nrule  transforms/${name}.jsonata`));
  out(rule.source.trimEnd());
  out(paint.bold("\nresult"));
  out(tried.result === undefined ? "(nothing)" : pretty(tried.result));
  out();
  out(`input   ${verdictLine(tried.input, input?.name)}`);
  out(`rule    ${verdictLine(tried.rule, undefined)}`);
  out(`output  ${verdictLine(tried.output, output?.name)}`);
}

function verdictLine(verdict: Verdict, schema: string | undefined): string {
  if (verdict === "none") return paint.dim(schema === undefined ? "no schema" : "not reached");
  if (verdict === "ok") return paint.green(schema === undefined ? "ok" : `fits ${schema}`);
  const { code, detail, explanation } = verdict;
  return explanation === undefined
    ? `${paint.red(code)} ${detail}`
    : `${paint.red("failed")}\n${explanation}`;
}

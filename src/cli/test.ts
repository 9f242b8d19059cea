/** `signalbox test`: runs the cases that stand beside the transforms. */
import type { Command } from "commander";
import { runCases, type CaseResult } from "../rules/cases.ts";
import { EXIT, end, note, out, outJson, paint } from "./print.ts";
import { openWorkspace, settingsOf, type Common } from "./workspace.ts";

interface Options extends Common {
  readonly filter?: string;
  readonly json?: boolean;
}

export function testCommand(program: Command): void {
  program
    .command("test")
    .description("run the cases beside the transforms")
    .option("--filter <text>", "only cases whose transform or name holds this text")
    .option("--json", 'print {"passed","failed","cases":[…]}')
    .addHelpText("after", "\nExample:\n  $ signalbox test --filter github-push")
    .action((_options, command: Command) => test(command.optsWithGlobals()));
}

async function test(options: Options): Promise<void> {
  const workspace = await openWorkspace(settingsOf(options), process.env, true);
  if (workspace === undefined) {
    if (options.json) outJson({ passed: 0, failed: 0, cases: [] });
    note("The workspace has errors; no case was run. See `signalbox check`.");
    return end(EXIT.failed);
  }
  const cases = await runCases(workspace, options.filter === undefined ? {} : { filter: options.filter });
  const passed = cases.filter(({ ok }) => ok).length;
  const failed = cases.length - passed;
  if (options.json) outJson({ passed, failed, cases });
  else {
    for (const result of cases) showCase(result);
    if (cases.length === 0) note("No cases found: add `cases:` to a transform's YAML file.");
    else out(`${passed} passed, ${failed} failed`);
  }
  end(failed > 0 || cases.length === 0 ? EXIT.failed : EXIT.fine);
}

/** Prints how a case went, and where what it made differs. */
export function showCase({ transform, name, file, line, ok, milliseconds, problem }: CaseResult): void {
  const took = paint.dim(`${Math.round(milliseconds * 10) / 10} ms`);
  out(`${ok ? paint.green("ok  ") : paint.red("FAIL")} ${transform}: ${name} ${took}`);
  if (ok || problem === undefined) return;
  out(`     ${file}:${line} ${problem.code} ${problem.message}`);
  for (const { path, expected, actual } of problem.differences ?? []) {
    out(`     ${path === "" ? "(whole)" : path}`);
    out(`       ${paint.green(`expected ${text(expected)}`)}`);
    out(`       ${paint.red(`got      ${text(actual)}`)}`);
  }
}

function text(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

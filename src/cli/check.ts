/** `signalbox check`: every problem in the workspace at once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { excerpt } from "../language/excerpt.ts";
import { loadWorkspace } from "../rules/load.ts";
import type { Problem } from "../rules/problem.ts";
import { EXIT, end, out, outJson, paint } from "./print.ts";
import { settingsOf, type Common } from "./options.ts";
import { problemLine } from "./problem-line.ts";

interface Options extends Common {
  readonly json?: boolean;
}

export function checkCommand(program: Command): void {
  program
    .command("check")
    .description("every problem in the workspace: file:line:column CODE sentence")
    .option("--json", 'print {"errors","warnings","problems":[…]}')
    .addHelpText("after", "\nExample:\n  $ signalbox check --dir ./my-workspace")
    .action((_options, command: Command) => check(command.optsWithGlobals()));
}

async function check(options: Options): Promise<void> {
  const { dir, ruleBudgets } = settingsOf(options);
  const { workspace, problems } = await loadWorkspace(dir, process.env, ruleBudgets, { types: true });
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  if (options.json) outJson({ errors, warnings, problems });
  else {
    for (const problem of problems) out(problemLine(problem) + lineOf(problem, dir));
    if (workspace !== undefined) {
      const { sources, routes, transforms, targets, schemas } = workspace;
      out(
        paint.green("No errors.") +
          ` ${sources.size} sources, ${routes.size} routes, ${transforms.size} transforms, ${targets.size} targets, ${schemas.size} schemas` +
          (warnings > 0 ? `; ${count(warnings, "warning")}.` : "."),
      );
    } else out(`${paint.red(count(errors, "error"))}, ${count(warnings, "warning")}.`);
  }
  end(errors > 0 ? EXIT.failed : EXIT.fine);
}

/** The line of a rule with a caret; of other files, which may hold what is not for a log, none. */
function lineOf(problem: Problem, dir: string): string {
  if (!problem.file.endsWith(".jsonata")) return "";
  try {
    return ["", ...excerpt(readFileSync(join(dir, problem.file), "utf8"), problem)].join("\n");
  } catch {
    return "";
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

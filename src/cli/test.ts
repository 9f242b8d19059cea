/** `signalbox test`: runs the cases that stand beside the transforms. */
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { runCases, type CaseResult, type Running } from "../rules/cases.ts";
import { measure } from "../rules/coverage.ts";
import { junitOf } from "../rules/junit.ts";
import type { Deviating } from "../rules/update-cases.ts";
import type { Workspace } from "../rules/workspace.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { showCase, totalsOf } from "./test-cases.ts";
import { reportCoverage, shortOf, type CoverageOptions } from "./test-coverage.ts";
import { fuzzWorkspace, type FuzzOptions } from "./test-fuzz.ts";
import { bringUpToDate, isCi } from "./test-update.ts";
import { watchWorkspace } from "./watch-workspace.ts";
import { settingsOf, type Common } from "./options.ts";
import { openWorkspace } from "./workspace.ts";

interface Options extends Common, CoverageOptions, FuzzOptions {
  readonly filter?: string;
  readonly json?: boolean;
  readonly junit?: string;
  readonly update?: boolean;
  readonly watch?: boolean;
  readonly coverage?: true | string;
  readonly threshold?: string;
  readonly fuzz?: boolean;
}

export function testCommand(program: Command): void {
  program
    .command("test")
    .description("run the cases beside the transforms")
    .option("--filter <text>", "only cases whose transform or name holds this text")
    .option("--watch", "run them again whenever a file of the workspace changes, new ones too")
    .option("--update", "write what comes out now into the cases that fail, and show it; not in CI")
    .option("--junit <file>", "write a report for CI servers, too")
    .option("--coverage [full]", "which parts of the rules ran; `full` prints each rule with a margin")
    .option("--lcov <file>", "where --coverage writes its tracefile", "coverage/lcov.info")
    .option("--threshold <percent>", "with --coverage: exit with 3 below this; SIGNALBOX_COVERAGE_THRESHOLD")
    .option("--fuzz", "run the rules on payloads made from their input schemas instead of the cases")
    .option("--runs <count>", "with --fuzz: payloads for each transform", "500")
    .option("--seed <text>", "with --fuzz: the same seed makes the same payloads")
    .option("--save", "with --fuzz: write the smallest payload that fails as a case; not in CI")
    .option("--json", 'print {"passed","failed","cases":[…]}')
    .addHelpText(
      "after",
      "\nExamples:\n  $ signalbox test --filter github-push --watch\n  $ signalbox test --coverage=full --threshold 90\n  $ signalbox test --fuzz --runs 2000 --save",
    )
    .action((_options, command: Command) => test(command.optsWithGlobals()));
}

async function test(options: Options): Promise<void> {
  const wrong = contradiction(options);
  if (wrong !== undefined) {
    note(wrong);
    return end(EXIT.usage);
  }
  const settings = settingsOf(options);
  const threshold = options.threshold === undefined ? settings.coverageThreshold : Number(options.threshold);
  const once = async (): Promise<number> => {
    const workspace = await openWorkspace(settings, process.env, true);
    if (workspace === undefined) {
      if (options.json) outJson({ passed: 0, failed: 0, cases: [] });
      note("The workspace has errors; no case was run. See `signalbox check`.");
      return EXIT.failed;
    }
    if (options.fuzz) return fuzzWorkspace(workspace, options);
    return runOnce(workspace, options, threshold);
  };
  if (options.watch) return watchWorkspace(settings.dir, once);
  end(await once());
}

/** Why the options cannot be meant as they stand. */
function contradiction(options: Options): string | undefined {
  const { watch, json, update, save, fuzz, coverage, threshold, runs } = options;
  if (coverage !== undefined && coverage !== true && coverage !== "full")
    return "--coverage takes nothing or `full`: --coverage=full.";
  if (threshold !== undefined && !(/^\d{1,3}(\.\d+)?$/.test(threshold) && Number(threshold) <= 100))
    return "--threshold takes a number from 0 to 100.";
  if (!/^[1-9]\d{0,6}$/.test(runs)) return "--runs takes a whole number from 1 to 9999999.";
  if (watch && json) return "--watch goes on for ever; --json prints one value.";
  if (watch && update) return "--watch would run again for what --update writes.";
  if ((update || save) && isCi())
    return `--${update ? "update" : "save"} writes files; it is refused in CI (the variable CI is set).`;
  if (fuzz && (coverage !== undefined || update)) return "--fuzz goes with neither --coverage nor --update.";
  if (save && !fuzz) return "--save goes with --fuzz.";
  if (threshold !== undefined && coverage === undefined) return "--threshold goes with --coverage.";
  return undefined;
}

async function runOnce(
  workspace: Workspace,
  options: Options,
  threshold: number | undefined,
): Promise<number> {
  const measuring = options.coverage === undefined ? undefined : measure(workspace, options.filter);
  const { results, deviating } = await runAll(workspace, {
    ...(options.filter !== undefined && { filter: options.filter }),
    ...measuring?.running,
  });
  if (options.junit !== undefined) await writeFile(options.junit, junitOf(results));
  const totals = totalsOf(results);
  const coverage = measuring?.coverage();
  if (options.json) outJson({ ...totals, cases: results, ...(coverage && { coverage: shortOf(coverage) }) });
  else {
    for (const result of results) showCase(result);
    if (results.length === 0) note("No cases found: add `cases:` to a transform's YAML file.");
    else out(`${totals.passed} passed, ${totals.failed} failed`);
  }
  const updated = options.update ? await bringUpToDate(workspace, deviating, options.json === true) : 0;
  const isCovered = coverage === undefined || (await reportCoverage(coverage, options, threshold));
  if (totals.failed > updated || results.length === 0) return EXIT.failed;
  return isCovered ? EXIT.fine : EXIT.uncovered;
}

/** Runs the cases, and keeps of those that fail what came of them. */
async function runAll(
  workspace: Workspace,
  running: Running,
): Promise<{ results: readonly CaseResult[]; deviating: readonly Deviating[] }> {
  const heard: Parameters<NonNullable<Running["heard"]>>[] = [];
  const results = await runCases(workspace, {
    ...running,
    heard: (...all) => {
      heard.push(all);
      running.heard?.(...all);
    },
  });
  const deviating = results.flatMap((result, at) => {
    const [one, , outcome] = heard[at]!;
    return result.ok ? [] : [{ one, result, outcome }];
  });
  return { results, deviating };
}

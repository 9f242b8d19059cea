/** `signalbox test --fuzz`: the rules on made-up payloads. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fuzz, type FuzzFailure, type FuzzedTransform } from "../rules/fuzz.ts";
import { appendedYaml } from "../rules/read.ts";
import type { Workspace } from "../rules/workspace.ts";
import { EXIT, note, out, outJson, paint, pretty } from "./print.ts";

export interface FuzzOptions {
  readonly filter?: string;
  readonly runs: string;
  readonly seed?: string;
  readonly save?: boolean;
  readonly json?: boolean;
}

/** The exit code. */
export async function fuzzWorkspace(workspace: Workspace, options: FuzzOptions): Promise<number> {
  const seed = options.seed ?? Math.random().toString(36).slice(2, 10);
  const fuzzed: FuzzedTransform[] = [];
  for (const transform of workspace.transforms.values()) {
    if (!transform.name.includes(options.filter ?? "")) continue;
    const one = await fuzz(transform, workspace, { runs: Number(options.runs), seed });
    fuzzed.push(one);
    if (!options.json) show(one);
    if (one.failure !== undefined && options.save)
      await save(one.transform, one.failure, workspace, options.json === true);
  }
  const failed = fuzzed.filter(({ failure }) => failure !== undefined).length;
  if (options.json) outJson({ seed, failed, transforms: fuzzed });
  else out(`seed ${seed}`);
  if (!fuzzed.some(({ runs }) => runs > 0)) {
    note("No transform has an input schema to make payloads from.");
    return EXIT.failed;
  }
  return failed > 0 ? EXIT.failed : EXIT.fine;
}

function show({ transform, runs, filtered, good, skipped, failure }: FuzzedTransform): void {
  if (skipped !== undefined) return out(`${paint.dim("skip")} ${transform}: ${skipped}`);
  const counts = `${runs} payloads, ${good} good, ${filtered} filtered`;
  if (failure === undefined) return out(`${paint.green("ok  ")} ${transform}: ${counts}`);
  out(`${paint.red("FAIL")} ${transform}: ${counts}, then (${failure.style})`);
  out(`     ${failure.code} ${failure.message}`);
  out(pretty(failure.payload).replaceAll(/^/gm, "     "));
}

/** As a case that passes once the rule makes something valid of it. */
async function save(
  name: string,
  { code, payload, route }: FuzzFailure,
  { dir, routes }: Workspace,
  quiet: boolean,
): Promise<void> {
  const file = `transforms/${name}.yaml`;
  const using = [...routes.values()].filter((one) => one.transform?.name === name);
  const item = {
    name: `found by --fuzz: ${code}`,
    given: payload,
    ...(using.length > 1 && route !== undefined && { route }),
    assert: ["$exists($output)"],
  };
  const text = await readFile(join(dir, file), "utf8");
  await writeFile(join(dir, file), appendedYaml(text, "cases", item));
  (quiet ? note : out)(`     written as a case to ${file}`);
}

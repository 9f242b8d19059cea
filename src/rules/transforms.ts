/** The transforms: `transforms/<name>.jsonata` with what stands beside it in `transforms/<name>.yaml`. */
import { compileFormat } from "../core/schema.ts";
import { transformSchema } from "../core/transform.ts";
import type { TransformFile } from "../core/transform.ts";
import type { Budgets } from "../language/budgets.ts";
import type { Expression } from "../language/expression.ts";
import { loadCases } from "./case-files.ts";
import { loadExpression } from "./expressions.ts";
import { revisionOf } from "./files.ts";
import type { WorkspaceFile } from "./files.ts";
import { checkFormat, openYaml } from "./format.ts";
import type { Opened } from "./format.ts";
import { START } from "./problem.ts";
import type { Tell } from "./problem.ts";
import { resolveSchema } from "./schemas.ts";
import type { Known, SchemaNames } from "./schemas.ts";
import { checkUnfinished } from "./unfinished.ts";
import type { Case, Checked, Transform } from "./workspace.ts";

const validateTransform = compileFormat(transformSchema);

/** The files of one name; one of them may be missing. */
export interface TransformFiles {
  readonly name: string;
  readonly rule: WorkspaceFile | undefined;
  readonly yaml: WorkspaceFile | undefined;
}

/** A transform's YAML file, checked: what it names is known even where the rule cannot be used. */
export interface LoadedTransform {
  readonly name: string;
  readonly file: TransformFile;
  readonly input: Checked | undefined;
  readonly opened: Opened | undefined;
  /** By their index in the file; undefined for one that cannot be run. */
  readonly cases: readonly (Case | undefined)[];
  readonly transform: Transform | undefined;
}

/** Rules and YAML files by their common names. */
export function pairs(files: readonly WorkspaceFile[]): TransformFiles[] {
  const names = new Set(files.map(({ name }) => name));
  const find = (name: string, format: string): WorkspaceFile | undefined =>
    files.find((file) => file.name === name && file.format === format);
  return [...names].map((name) => ({ name, rule: find(name, "jsonata"), yaml: find(name, "yaml") }));
}

/** One transform; undefined where its YAML file has errors. Everything that is wrong is told. */
export async function loadTransform(
  files: TransformFiles,
  dir: string,
  schemas: Known,
  tell: Tell,
): Promise<LoadedTransform | undefined> {
  const { name, rule, yaml } = files;
  const opened = yaml && openYaml(yaml, tell);
  const file =
    yaml === undefined
      ? { cases: [] }
      : opened && checkFormat<TransformFile>(opened, "transform", validateTransform, tell);
  const budgets = budgetsOf(file, schemas.budgets);
  const expression = loadRule(files, budgets, tell);
  if (file === undefined) return undefined;
  const input = checked("input", file, opened, schemas, tell);
  const output = checked("output", file, opened, schemas, tell);
  const cases = opened === undefined ? [] : await loadCases(file.cases, opened, dir, budgets, tell);
  const texts = [rule?.text, yaml?.text, schemaText(input, schemas), schemaText(output, schemas)];
  const transform = expression && {
    name,
    rule: expression,
    ...(input && { input }),
    ...(output && { output }),
    file,
    cases: cases.filter((one) => one !== undefined),
    revision: revisionOf(texts.map((text) => text ?? "")),
  };
  return { name, file, input, opened, cases, transform };
}

const budgetsOf = (file: TransformFile | undefined, general: Budgets): Budgets => ({
  ...general,
  ...("budgets" in (file ?? {}) ? (file as { readonly budgets?: Partial<Budgets> }).budgets : undefined),
});

function loadRule(
  { name, rule, yaml }: TransformFiles,
  budgets: Budgets,
  tell: Tell,
): Expression | undefined {
  if (rule === undefined) {
    if (yaml === undefined) return undefined;
    tell(
      yaml.path,
      START,
      "RULE_TRANSFORM_UNKNOWN",
      `There is no rule for it: \`transforms/${name}.jsonata\` is missing.`,
    );
    return undefined;
  }
  checkUnfinished(rule.path, rule.text, tell);
  return loadExpression(rule.text, budgets, ({ code, message, fix, ...place }) =>
    tell(rule.path, place, code, message, fix),
  );
}

function checked(
  side: "input" | "output",
  file: TransformFile,
  opened: Opened | undefined,
  schemas: SchemaNames,
  tell: Tell,
): Checked | undefined {
  const name = file[side];
  if (name === undefined || opened === undefined) return undefined;
  return resolveSchema(name, schemas, opened.path, opened.document.place(`/${side}`), tell);
}

function schemaText(checked: Checked | undefined, { schemas }: SchemaNames): string | undefined {
  return checked && JSON.stringify(schemas.get(checked.name)?.schema);
}

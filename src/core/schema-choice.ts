/** Of the findings of `oneOf` and `anyOf`, which come for every branch, keeps those that help the author. */
import type { Finding } from "./schema-sentence.ts";

/** The findings without those of branches that were not meant, and without `if`, whose cause is a finding of its own. */
export function chosen(findings: readonly Finding[]): Finding[] {
  let kept: Finding[] = [];
  for (const finding of findings) {
    if (finding.keyword !== "oneOf" && finding.keyword !== "anyOf") {
      kept.push(finding);
      continue;
    }
    const first = firstOfBranches(kept, finding);
    kept = [...kept.slice(0, first), ...choose(finding, kept.slice(first))];
  }
  const causes = kept.filter(({ keyword }) => keyword !== "if");
  return causes.length > 0 ? causes : kept;
}

/** Where the findings of a choice's branches begin: they stand right before its own, at its place or below. */
function firstOfBranches(findings: readonly Finding[], choice: Finding): number {
  const parent = choice.schemaPath.slice(0, choice.schemaPath.lastIndexOf("/") + 1);
  let first = findings.length;
  while (first > 0) {
    const { schemaPath, instancePath } = findings[first - 1]!;
    const isSibling = schemaPath.startsWith(parent) && !schemaPath.startsWith(`${choice.schemaPath}/`);
    if (isSibling || !instancePath.startsWith(choice.instancePath)) break;
    first--;
  }
  return first;
}

function choose(choice: Finding, findings: readonly Finding[]): readonly Finding[] {
  if (Array.isArray(choice.params.passingSchemas)) return [{ ...choice, message: tooMany(choice) }];
  const required = findings.filter(
    ({ keyword, instancePath }) => keyword === "required" && instancePath === choice.instancePath,
  );
  if (required.length === findings.length && required.length > 1) {
    const names = required.map(({ params }) => `\`${String(params.missingProperty)}\``);
    return [{ ...choice, message: `must have one of ${names.join(", ")}` }];
  }
  const tag = tagOf(findings, choice);
  if (tag !== undefined) return [tag];
  const kinds = kindsOf(findings, choice);
  if (kinds !== undefined) return [kinds];
  const branches = [...byBranch(findings, choice).values()].filter(
    (branch) => !branch.some((one) => isOtherKind(one, choice)),
  );
  const untagged = withoutTag(branches, choice);
  if (untagged !== undefined) return untagged;
  const fewest = Math.min(...branches.map((branch) => branch.length));
  const nearest = branches.filter((branch) => branch.length === fewest);
  return nearest.length === 1
    ? nearest[0]!
    : [{ ...choice, message: "must fit one of the forms that the schema allows" }];
}

/** Where every branch lacks the same key, it is what tells them apart: that is wrong, and what no branch knows. */
function withoutTag(
  [first = [], ...others]: readonly (readonly Finding[])[],
  { instancePath }: Finding,
): readonly Finding[] | undefined {
  const isSame = (one: Finding, other: Finding): boolean =>
    one.keyword === other.keyword &&
    one.instancePath === other.instancePath &&
    JSON.stringify(one.params) === JSON.stringify(other.params);
  const common = first.filter((one) => others.every((branch) => branch.some((other) => isSame(one, other))));
  const lacks = common.some((one) => one.keyword === "required" && one.instancePath === instancePath);
  return others.length > 0 && lacks ? common : undefined;
}

function tooMany(choice: Finding): string {
  const schema = choice.parentSchema as { oneOf?: readonly { required?: readonly string[] }[] } | undefined;
  const names =
    schema?.oneOf?.map(({ required }) => (required?.length === 1 ? `\`${required[0]}\`` : undefined)) ?? [];
  if (names.length > 0 && !names.includes(undefined)) return `must have only one of ${names.join(", ")}`;
  return "must fit only one of the forms that the schema allows, and fits several";
}

/** Where every branch wants another constant at one place: a finding that names them all. */
function tagOf(findings: readonly Finding[], choice: Finding): Finding | undefined {
  const branches = byBranch(findings, choice);
  const constants = findings.filter(({ keyword }) => keyword === "const");
  const [first] = constants;
  if (first === undefined || branches.size < 2 || constants.length !== branches.size) return undefined;
  if (constants.some(({ instancePath }) => instancePath !== first.instancePath)) return undefined;
  return {
    ...first,
    keyword: "enum",
    params: { allowedValues: constants.map(({ params }) => params.allowedValue) },
  };
}

/** Where every branch wants another kind of value: a finding that names them all. */
function kindsOf(findings: readonly Finding[], { instancePath }: Finding): Finding | undefined {
  const [first] = findings;
  const isKind = ({ keyword, instancePath: at }: Finding): boolean =>
    keyword === "type" && at === instancePath;
  if (first === undefined || !findings.every(isKind)) return undefined;
  const type = findings.flatMap(({ params }) => params["type"] as string | readonly string[]);
  const meant = constantOf(findings);
  return {
    ...first,
    params: { type: [...new Set(type)], ...(meant !== undefined && { form: meant }) },
  };
}

/** Where a text stands for an object of which a branch wants that very text: `{ type: json }` of `json`. */
function constantOf(findings: readonly Finding[]): string | undefined {
  for (const { parentSchema, data } of findings) {
    const { properties } = (parentSchema ?? {}) as { properties?: Record<string, { const?: unknown }> };
    if (typeof data !== "string") return undefined;
    const [name] = Object.entries(properties ?? {}).find(([, part]) => part.const === data) ?? [];
    if (name !== undefined) return `{ ${name}: ${data} }`;
  }
  return undefined;
}

function isOtherKind({ keyword, instancePath }: Finding, choice: Finding): boolean {
  return keyword === "const" || (keyword === "type" && instancePath === choice.instancePath);
}

function byBranch(findings: readonly Finding[], choice: Finding): Map<string, Finding[]> {
  const branches = new Map<string, Finding[]>();
  for (const finding of findings) {
    const rest = finding.schemaPath.startsWith(`${choice.schemaPath}/`)
      ? finding.schemaPath.slice(choice.schemaPath.length + 1)
      : finding.schemaPath;
    const branch = rest.slice(0, rest.search(/\/|$/));
    branches.set(branch, [...(branches.get(branch) ?? []), finding]);
  }
  return branches;
}

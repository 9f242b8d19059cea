/** Versions of routes: what each is made of as its files stand, and a route as a former version had it. */
import { SignalboxError } from "../core/errors.ts";
import { compileSchemas } from "../core/schema.ts";
import type { VersionText } from "../core/version.ts";
import type { Budgets } from "../language/budgets.ts";
import { compileExpression, type Expression } from "../language/expression.ts";
import { revisionOf } from "./files.ts";
import { schemasWith } from "./schemas.ts";
import type { Checked, Route, Schema } from "./workspace.ts";

type Named = Pick<Route, "name" | "file" | "transform">;

/** Everything by which a route takes events and makes something of them. */
export function versionTextOf(
  route: Named,
  { schemas, budgets }: { readonly schemas: ReadonlyMap<string, Schema>; readonly budgets: Budgets },
): VersionText {
  const { input, output } = route.transform ?? {};
  return { ...frameOf(route, budgets), schemas: schemasWith([input?.name, output?.name], schemas) };
}

/** 12 hex digits that stand for it: the same files, the same digits, on every machine. */
export function versionOf(
  route: Named,
  { schemas, budgets }: { readonly schemas: ReadonlyMap<string, Schema>; readonly budgets: Budgets },
): string {
  const { input, output } = route.transform ?? {};
  const own = [input?.name, output?.name].flatMap((name) => schemas.get(name ?? "") ?? []);
  const all = own.some((schema) => digestOf(schema).refers)
    ? Object.keys(schemasWith([input?.name, output?.name], schemas))
    : own.map(({ name }) => name);
  const names = [...new Set(all)].sort();
  const texts = names.flatMap((name) => [name, digestOf(schemas.get(name)!).digest]);
  return revisionOf([JSON.stringify(frameOf(route, budgets)), ...texts]);
}

function frameOf({ name, file, transform }: Named, budgets: Budgets): Omit<VersionText, "schemas"> {
  return {
    ...{ route: name, source: file.source, on: file.on },
    ...(file.when !== undefined && { when: file.when }),
    ...(file.enrich !== undefined && { enrich: file.enrich }),
    ...(transform && { transform: transform.name, rule: transform.rule.source }),
    ...(transform?.input && { input: transform.input.name }),
    ...(transform?.output && { output: transform.output.name }),
    budgets: { ...(transform?.rule.budgets ?? budgets) },
    ...(file.batch !== undefined && { batches: true as const }),
  };
}

interface Digest {
  readonly digest: string;
  /** It may refer to others. */
  readonly refers: boolean;
}

const digests = new WeakMap<Schema, Digest>();

/** A schema of many routes is written out once. */
function digestOf(schema: Schema): Digest {
  let digest = digests.get(schema);
  if (digest === undefined) {
    const text = JSON.stringify(schema.schema);
    digests.set(schema, (digest = { digest: revisionOf([text]), refers: text.includes('"$ref"') }));
  }
  return digest;
}

/** What of a route decides about an event and makes something of it; see `applyToOne`. */
export type Judging = Pick<Route, "name" | "when" | "transform" | "line">;

const compiled = new WeakMap<VersionText, Judging>();

/** A version's texts, compiled once for as long as they are at hand. Throws RULE_VERSION_UNUSABLE where this release of the router does not understand them any more. */
export function compileVersion(text: VersionText): Judging {
  const known = compiled.get(text) ?? compileTexts(text);
  compiled.set(text, known);
  return known;
}

function compileTexts(text: VersionText): Judging {
  const unusable = (what: string, why: string): SignalboxError =>
    new SignalboxError(
      "RULE_VERSION_UNUSABLE",
      `The kept version of route \`${text.route}\`: its ${what} cannot be used: ${why}`,
    );
  const expression = (source: string, what: string): Expression => {
    const made = compileExpression(source, text.budgets as unknown as Budgets);
    if (made.ok) return made.expression;
    throw unusable(what, made.problems[0]?.message ?? "it does not compile.");
  };
  const schemas = compileSchemas(new Map(Object.entries(text.schemas)));
  const checked = (name: string | undefined): Checked | undefined => {
    if (name === undefined) return undefined;
    const schema = schemas.get(name);
    if (schema?.ok === true) return { name, validate: schema.validate };
    throw unusable(`schema \`${name}\``, schema?.message ?? "it is missing.");
  };
  const input = checked(text.input);
  const output = checked(text.output);
  return {
    name: text.route,
    ...(text.when !== undefined && { when: expression(text.when, "`when`") }),
    ...(text.rule !== undefined && {
      transform: {
        name: text.transform ?? text.route,
        rule: expression(text.rule, "rule"),
        ...(input && { input }),
        ...(output && { output }),
        file: { cases: [] },
        cases: [],
        revision: "",
      },
    }),
    ...(text.batches && { line: { rule: "batch", terms: "", onDead: "skip" } }),
  };
}

/** A route of today that decides and makes as a version did; target, gate and the rest are those of today. */
export function routeAsOf(route: Route, version: string, text: VersionText): Route {
  const { when: _when, transform: _transform, ...rest } = route;
  const { when, transform } = compileVersion(text);
  return { ...rest, version, ...(when && { when }), ...(transform && { transform }) };
}

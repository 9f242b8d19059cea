/** The shipped workspace's rules read straight from their files: independent of the loader, so that each checks the other. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import jsonata from "jsonata";
import { parse } from "yaml";
import { compileSchemas } from "../../src/core/schema.ts";
import type { SchemaProblem } from "../../src/core/schema.ts";

const root = new URL("../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), "utf8");
const json = (path: string): unknown => JSON.parse(text(path));

/** One case of a transform's file, its body read. */
export interface ShippedCase {
  readonly name: string;
  readonly body: unknown;
  readonly outcome: "expect" | "filtered" | "error";
}

/** A shipped route with its `when`, rule, schemas and cases. */
export interface ShippedRule {
  readonly name: string;
  readonly cases: readonly ShippedCase[];
  /** True when the route takes the body; rejects when `when` fails. */
  passes(body: unknown): Promise<boolean>;
  /** The rule's result as plain JSON; rejects when the rule fails. */
  rewrite(body: unknown): Promise<unknown>;
  problemsOfInput(body: unknown): readonly SchemaProblem[];
  problemsOfOutput(result: unknown): readonly SchemaProblem[];
}

const names = readdirSync(new URL("schemas/", root)).map((file) => file.replace(/\.json$/, ""));
const schemas = compileSchemas(new Map(names.map((name) => [name, json(`schemas/${name}.json`)])));

/** Every schema's validator, by name; throws for one that does not compile. */
export function validatorOf(name: string): (value: unknown) => readonly SchemaProblem[] {
  const schema = schemas.get(name);
  if (schema?.ok !== true)
    throw new Error(`schemas/${name}.json does not compile: ${schema?.message ?? "there is none"}`);
  return schema.validate;
}

/** All shipped rules, one a route. */
export function shippedRules(): readonly ShippedRule[] {
  return readdirSync(new URL("routes/", root)).map((file) => shippedRule(file.replace(/\.yaml$/, "")));
}

/** The rule of one shipped route. */
export function shippedRule(route: string): ShippedRule {
  const { when, transform } = parse(text(`routes/${route}.yaml`)) as { when?: string; transform: string };
  const file = parse(text(`transforms/${transform}.yaml`)) as {
    input: string;
    output: string;
    cases: readonly CaseInFile[];
  };
  const condition = when === undefined ? undefined : jsonata(when);
  const rule = jsonata(text(`transforms/${transform}.jsonata`));
  return {
    name: route,
    cases: file.cases.map(shippedCase),
    passes: async (body) => condition === undefined || (await condition.evaluate(body)) === true,
    rewrite: async (body) => JSON.parse(JSON.stringify(await rule.evaluate(body))) as unknown,
    problemsOfInput: validatorOf(file.input),
    problemsOfOutput: validatorOf(file.output),
  };
}

interface CaseInFile {
  readonly name: string;
  readonly given?: unknown;
  readonly file?: string;
  readonly expect?: unknown;
  readonly filtered?: true;
}

function shippedCase({ name, given, file, expect, filtered }: CaseInFile): ShippedCase {
  const body = file === undefined ? given : json(`transforms/${file}`);
  return { name, body, outcome: expect !== undefined ? "expect" : filtered ? "filtered" : "error" };
}

interface OctokitEvent {
  readonly name: string;
  readonly examples: readonly unknown[];
}

/** GitHub's real payloads of one event type, as @octokit/webhooks-examples has them for github.com. */
export function octokitExamples(type: string): readonly unknown[] {
  const events = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly OctokitEvent[];
  return events.find(({ name }) => name === type)?.examples ?? [];
}

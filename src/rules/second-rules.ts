/** The `shadow` and the `canary` of a route: what they name is resolved, and what is wrong with them is told at its place. */
import type { RouteFile } from "../core/route.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Budgets } from "../language/budgets.ts";
import { compileExpression } from "../language/expression.ts";
import { lookupsIn } from "../language/lookups.ts";
import { loadExpression } from "./expressions.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import type { Canary, Shadow, Transform } from "./workspace.ts";

/** What the two are looked up in. */
interface Named {
  readonly names: { readonly transforms: ReadonlySet<string> };
  readonly transforms: ReadonlyMap<string, Transform>;
  readonly budgets: Budgets;
}

/** What a shadow may take at most: some ms. Nobody waits for it, but deliveries of the same process wait while it runs. */
const OF_SHADOWS: Budgets = {
  steps: 100_000,
  depth: 1_000,
  bytes: 8 * 1024 * 1024,
  output: 2 * 1024 * 1024,
  pattern: 800_000,
};

/** The canary, as far as it can be used. */
export function loadCanary(
  route: RouteFile,
  name: string,
  opened: Opened,
  named: Named,
  tell: Tell,
): Omit<Canary, "version"> | undefined {
  const { canary: file } = route;
  if (file === undefined) return undefined;
  const { path, document } = opened;
  const transform = second(route, "canary", file.transform, opened, named, tell);
  const by =
    file.by === undefined
      ? undefined
      : loadExpression(file.by, named.budgets, ({ code, message, fix, ...inner }) =>
          tell(path, document.within("/canary/by", inner), code, message, fix),
        );
  if (transform === undefined) return undefined;
  return { id: `${name}:${transform.revision}`, route: name, file, transform, ...(by && { by }) };
}

/** The shadow with budgets of its own, as far as it can be used. */
export function loadShadow(
  route: RouteFile,
  name: string,
  opened: Opened,
  named: Named,
  tell: Tell,
): Shadow | undefined {
  if (route.shadow === undefined) return undefined;
  const transform = second(route, "shadow", route.shadow, opened, named, tell);
  const first = named.transforms.get(route.transform ?? "");
  if (transform === undefined || first === undefined) return undefined;
  const given = transform.rule.budgets;
  const budgets = Object.fromEntries(
    Object.entries(OF_SHADOWS).map(([budget, most]) => [budget, Math.min(most, given[budget as "steps"])]),
  ) as unknown as Budgets;
  const compiled = compileExpression(transform.rule.source, budgets);
  if (!compiled.ok) return undefined;
  const id = `${name}:${transform.revision}:${first.revision}`;
  return { id, route: name, transform: { ...transform, rule: compiled.expression } };
}

/** The transform that is named; whatever is wrong with naming it here is told. */
function second(
  route: RouteFile,
  key: "canary" | "shadow",
  name: string,
  { path, document }: Opened,
  { names, transforms }: Named,
  tell: Tell,
): Transform | undefined {
  const place = document.place(key === "canary" ? "/canary/transform" : "/shadow");
  if (!names.transforms.has(name)) {
    const said = `There is no transform \`${name}\`.${didYouMean(name, names.transforms)}`;
    tell(path, place, "RULE_TRANSFORM_UNKNOWN", said);
    return undefined;
  }
  if (route.transform === undefined) {
    const said = `\`/${key}\` is held against the route's \`transform\`, and there is none: expected one beside it.`;
    tell(path, document.place(`/${key}`), "RULE_VALUE_INVALID", said);
  } else if (route.transform === name) {
    const said = `\`/${key}\` names \`${name}\`, which is the route's own transform: expected another one.`;
    tell(path, place, "RULE_VALUE_INVALID", said);
  }
  if (route.batch !== undefined) {
    const said = `\`/${key}\` stands beside \`batch\`: a request is made of several events there, expected a route that sends each alone.`;
    tell(path, document.place(`/${key}`), "RULE_VALUE_INVALID", said);
  }
  const transform = transforms.get(name);
  for (const { name: lookup } of transform === undefined ? [] : lookupsIn(transform.rule.source)) {
    if (lookup === undefined || Object.hasOwn(route.enrich ?? {}, lookup)) continue;
    const said = `Transform \`${name}\` reads \`$enrich.${lookup}\`, which this route does not look up.${didYouMean(lookup, Object.keys(route.enrich ?? {}))}`;
    tell(path, place, "RULE_ENRICH_UNKNOWN", said);
  }
  return transform;
}

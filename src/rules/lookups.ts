/** The `enrich` of a route: compiled, with what is wrong in it told at its place; and what rules read of it. */
import type { OnError } from "../core/lookup.ts";
import type { RouteFile } from "../core/route.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Budgets } from "../language/budgets.ts";
import { lookupsIn } from "../language/lookups.ts";
import type { Opened } from "./format.ts";
import { loadExpression } from "./expressions.ts";
import { revisionOf } from "./files.ts";
import type { Tell } from "./problem.ts";
import type { Lookup, Target, Transform } from "./workspace.ts";

/** The targets that there are; `names` has those of files with errors too. */
interface Known {
  readonly names: { readonly targets: ReadonlySet<string> };
  readonly targets: ReadonlyMap<string, Target>;
  readonly transforms: ReadonlyMap<string, Transform>;
  readonly budgets: Budgets;
}

/** The lookups that can be used, in the file's order; undefined where the route has none. */
export function loadLookups(
  { enrich, when, canary, shadow }: RouteFile,
  transform: Transform | undefined,
  opened: Opened,
  ends: Known,
  tell: Tell,
): readonly Lookup[] | undefined {
  const { path, document } = opened;
  const declared = Object.entries(enrich ?? {});
  checkReads(
    declared.map(([name]) => name),
    when,
    transform,
    [canary?.transform, shadow].flatMap((name) => ends.transforms.get(name ?? "") ?? []),
    opened,
    tell,
  );
  if (declared.length === 0) return undefined;
  return declared.flatMap(([name, wanted]): Lookup[] => {
    const pointer = `/enrich/${name}`;
    const target = ends.targets.get(wanted.target);
    if (!ends.names.targets.has(wanted.target)) {
      const said = `There is no target \`${wanted.target}\`.${didYouMean(wanted.target, ends.names.targets)}`;
      tell(path, document.place(`${pointer}/target`), "RULE_TARGET_UNKNOWN", said);
    }
    const request =
      wanted.request === undefined
        ? undefined
        : loadExpression(wanted.request, ends.budgets, ({ code, message, fix, ...inner }) =>
            tell(path, document.within(`${pointer}/request`, inner), code, message, fix),
          );
    for (const { line, column } of lookupsIn(wanted.request ?? "")) {
      const said = "All lookups are made at once: the request of one cannot read `$enrich`.";
      const place = document.within(`${pointer}/request`, { line, column });
      tell(
        path,
        place,
        "RULE_ENRICH_UNKNOWN",
        said,
        "Look the second thing up on a route that takes the end of this one.",
      );
    }
    if (target === undefined || (wanted.request !== undefined && request === undefined)) return [];
    const onError: OnError = wanted.onError ?? "null";
    return [
      {
        ...{ name, target, onError, cacheMs: wanted.cacheSeconds * 1000 },
        ...(request && { request }),
        // Another file of the target, or another secret in it, is another question.
        identity: revisionOf([target.name, JSON.stringify(target.file), ...target.secrets]),
      },
    ];
  });
}

/** Tells of what is read and not looked up, and of what is looked up and not read. */
function checkReads(
  declared: readonly string[],
  when: string | undefined,
  transform: Transform | undefined,
  seconds: readonly Transform[],
  { path, document }: Opened,
  tell: Tell,
): void {
  const byWhen = lookupsIn(when ?? "");
  const byRule = lookupsIn(transform?.rule.source ?? "");
  const unknown = (name: string | undefined): name is string =>
    name !== undefined && !declared.includes(name);
  for (const { name, line, column } of byWhen) {
    if (!unknown(name)) continue;
    const said = `The route looks up no \`${name}\`.${didYouMean(name, declared)}`;
    tell(path, document.within("/when", { line, column }), "RULE_ENRICH_UNKNOWN", said);
  }
  const told = new Set<string>();
  for (const { name, line, column } of byRule) {
    if (!unknown(name) || told.has(name)) continue;
    told.add(name);
    const where = `transforms/${transform!.name}.jsonata:${line}:${column}`;
    const said = `The rule reads \`$enrich.${name}\` (${where}), which the route does not look up.${didYouMean(name, declared)}`;
    tell(path, document.place("/transform"), "RULE_ENRICH_UNKNOWN", said);
  }
  const read = [...byWhen, ...byRule, ...seconds.flatMap(({ rule }) => lookupsIn(rule.source))];
  if (read.some(({ name }) => name === undefined)) return;
  for (const name of declared) {
    if (read.some((one) => one.name === name)) continue;
    const said = `Neither \`when\` nor the rule reads \`$enrich.${name}\`.`;
    tell(path, document.place(`/enrich/${name}`, "key"), "RULE_ENRICH_UNUSED", said);
  }
}

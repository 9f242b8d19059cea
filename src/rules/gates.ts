/** The `gate` of a route: its expressions compiled, with what is wrong in it told at its place. */
import { NO_VERSION } from "../core/version.ts";
import { timeoutMs, type GateFile } from "../core/gate.ts";
import { ROLES, scopesOf } from "../core/role.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Budgets } from "../language/budgets.ts";
import type { Expression } from "../language/expression.ts";
import { loadExpression } from "./expressions.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import type { Gate, Route, Target } from "./workspace.ts";

/** The source of the router's own events: it has no file, and nobody posts to it. */
export const OWN_SOURCE = "signalbox";

/** The name of the route by which the target of a gate's `notify` is told. */
export function noticeName(route: string): string {
  return `${route}--notify`;
}

/** The gate, as far as it can be used. */
export function loadGate(
  file: GateFile,
  route: string,
  opened: Opened,
  {
    names,
    budgets,
  }: {
    readonly names: Readonly<Record<"targets" | "routes", ReadonlySet<string>>>;
    readonly budgets: Budgets;
  },
  tell: Tell,
): Gate {
  const { path, document } = opened;
  const load = (name: "when" | "causedBy" | "show"): { readonly [key in typeof name]?: Expression } => {
    const source = file[name];
    if (source === undefined) return {};
    const hear = ({
      code,
      message,
      fix,
      ...inner
    }: Parameters<Parameters<typeof loadExpression>[2]>[0]): void =>
      tell(path, document.within(`/gate/${name}`, inner), code, message, fix);
    const expression = loadExpression(source, budgets, hear, ["result"]);
    return expression === undefined ? {} : { [name]: expression };
  };
  const { notify, timeout } = file;
  if (notify !== undefined && !names.targets.has(notify)) {
    const said = `There is no target \`${notify}\`.${didYouMean(notify, names.targets)}`;
    tell(path, document.place("/gate/notify"), "RULE_TARGET_UNKNOWN", said);
  }
  if (notify !== undefined && names.routes.has(noticeName(route))) {
    const said = `Route \`${noticeName(route)}\` has the name of the one by which \`notify\` tells its target.`;
    tell(path, document.place("/gate/notify"), "RULE_NAME_TAKEN", said);
  }
  tellReviewers(file, opened, tell);
  tellTimeout(file, opened, tell);
  return {
    file,
    ...load("when"),
    ...load("causedBy"),
    ...load("show"),
    ...(timeout !== undefined && { timeoutMs: timeoutMs(timeout) }),
    ...(notify !== undefined && { notify }),
  };
}

/** Who may decide must hold the scope `operate`; two who are to approve cannot be one. */
function tellReviewers({ reviewers, approvals }: GateFile, { path, document }: Opened, tell: Tell): void {
  if (reviewers === undefined) return;
  for (const [at, reviewer] of reviewers.entries()) {
    const role = ROLES.find((one) => one === reviewer);
    if (role === undefined || scopesOf(role).includes("operate")) continue;
    const said = `\`/gate/reviewers/${at}\`: a ${role} decides nothing; expected \`operator\`, \`admin\` or a person's name.`;
    tell(path, document.place(`/gate/reviewers/${at}`), "RULE_VALUE_INVALID", said);
  }
  const people = new Set(reviewers.map((one) => one.toLowerCase()));
  const named = [...people].every((one) => !ROLES.some((role) => role === one));
  if (!named || people.size >= approvals) return;
  const said = `\`/gate/approvals\` wants ${approvals} people, and \`reviewers\` names ${people.size}: nothing could ever pass.`;
  tell(path, document.place("/gate/approvals"), "RULE_VALUE_INVALID", said);
}

/** What happens when the time is up is said for nothing where there is no time. */
function tellTimeout(file: GateFile, { path, document }: Opened, tell: Tell): void {
  if (file.timeout !== undefined || file.onTimeout === "reject") return;
  const said = `\`/gate/onTimeout\` is \`${file.onTimeout}\`, and there is no \`timeout\`: expected one beside it.`;
  tell(path, document.place("/gate/onTimeout"), "RULE_VALUE_INVALID", said);
}

/** The routes by which the targets of gates' `notify` are told of new holds: nothing goes there but notices. */
export function noticesOf(routes: readonly Route[], targets: ReadonlyMap<string, Target>): Route[] {
  return routes.flatMap(({ name, gate }): Route[] => {
    const target = targets.get(gate?.notify ?? "");
    if (target === undefined) return [];
    const file = { source: OWN_SOURCE, on: ["hold.created"], target: target.name };
    return [{ name: noticeName(name), version: NO_VERSION, file, target, tags: [] }];
  });
}

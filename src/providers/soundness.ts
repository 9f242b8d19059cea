/** Schemes that could never verify anything: a mistake of whoever wrote them, told when they are read and not by a refusal. */
import { SignalboxError } from "../core/errors.ts";
import { contentsOf } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";

/** Tokens that say nothing without a name behind the colon. */
const NAMED = /\{(header|query|form|json|item|sig|config|covered|rawJson|phpJson):?\}/;

/** Throws RULE_VALUE_INVALID with the part that can never be there. */
export function requireSound(scheme: Scheme): void {
  const { each, from = [], kind, list, timestamp, weaker } = scheme;
  if ([from].flat().some((place) => place.startsWith("item:")) && each === undefined)
    throw unsound("`from` looks into an item", "`each` names no items");
  if (timestamp?.from.startsWith("sig:") === true && list === undefined)
    throw unsound("`timestamp` is a field of the signature header", "there is no `list` that has fields");
  if (kind === "none" || kind === "jwt" || kind === "shared-token" || kind === "basic") return;
  for (const template of [...contentsOf(scheme), ...(weaker === undefined ? [] : [weaker.content])]) {
    const [nameless] = NAMED.exec(template) ?? [];
    if (nameless !== undefined) throw unsound(`\`${nameless}\` is signed`, "it names nothing");
    if (template.includes("{timestamp}") && timestamp === undefined)
      throw unsound("`{timestamp}` is signed", "`timestamp` does not say where it stands");
    if (/\{(sig|covered):/.test(template) && list === undefined)
      throw unsound("a field of the signature header is signed", "there is no `list` that has fields");
    if (/\{item:[^{}]*[^?{}]\}/.test(template) && each === undefined)
      throw unsound("a part of an item is signed", "`each` names no items");
  }
}

function unsound(what: string, but: string): SignalboxError {
  return new SignalboxError(
    "RULE_VALUE_INVALID",
    `The scheme can never verify a request: ${what}, but ${but}.`,
  );
}

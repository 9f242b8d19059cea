/** Why a delivery died, so that those which died of the same can be looked at, and mended, together. Pure. */
import { createHash } from "node:crypto";
import type { Attempt } from "./delivery.ts";

/** What dead letters of one group have in common. */
export interface Cause {
  readonly target: string;
  readonly route: string;
  readonly status?: number;
  readonly code: string;
  /** The target's answer, or else our own sentence, with whatever varies replaced; at most 200 characters. */
  readonly answer?: string;
  readonly schema?: string;
  readonly pointer?: string;
}

/** The cause of a death by its last attempt, and 16 hex digits that stand for it; the route is that of whoever died first. */
export function causeOf(
  { route, target }: { readonly route: string; readonly target: string },
  attempt: Pick<Attempt, "status" | "error" | "answer">,
  code: string,
): Cause & { readonly id: string } {
  const { status, error, answer } = attempt;
  const said = normalised(answer !== undefined && answer !== "" ? answer : (error?.detail ?? ""));
  const cause: Cause = {
    target,
    route,
    ...(status !== undefined && { status }),
    code: error?.code ?? code,
    ...(said !== "" && { answer: said }),
    ...(error?.schema !== undefined && { schema: error.schema }),
    ...(error?.pointer !== undefined && { pointer: error.pointer }),
  };
  const known = [target, status ?? "", cause.code, said, cause.schema ?? "", cause.pointer ?? ""].join("\n");
  return { id: createHash("sha256").update(known).digest("hex").slice(0, 16), ...cause };
}

/** What differs between two answers of the same kind: ids, hex, numbers, times and quoted values become placeholders. */
export function normalised(text: string): string {
  return text
    .slice(0, 2_000)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<id>")
    .replace(/\b(?:evt|dlv)_[0-9a-z]+/g, "<id>")
    .replace(/(:\s*)"(?:[^"\\]|\\.){0,500}"/g, (whole, before: string) =>
      isProse(whole) ? whole : `${before}"…"`,
    )
    .replace(/'[^']{1,200}'|`[^`]{1,200}`/g, "'…'")
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, "<hex>")
    .replace(/\d+/g, "0")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 200);
}

/** In JSON a sentence tells what is wrong and is kept; a single word is a value. */
function isProse(quoted: string): boolean {
  return /"[^"]*[A-Za-z]+ +[A-Za-z]+[^"]*"/.test(quoted);
}

/** What lists have in common when they are printed: how to go on, and an attempt as a line. */
import type { Attempt } from "../admin/shapes/deliveries.ts";
import { out } from "./print.ts";

/** A page as the API answers it. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Says how to go on, where there is more. */
export function more({ next }: { readonly next?: string }): void {
  if (next !== undefined) out(`More: the same command with --cursor ${next}`);
}

/** An attempt on one line. */
export function attemptLine({ number, trigger, startedAt, durationMs, status, error }: Attempt): string {
  const said = [status, error && `${error.code} ${error.detail}`, error?.schema].filter(Boolean).join("  ");
  return `  attempt ${number} (${trigger})  ${startedAt}  ${Math.round(durationMs)} ms  ${said}`;
}

/** A text of a target on one line, cut. */
export function shortened(text: string, max = 300): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > max ? `${line.slice(0, max)}…` : line;
}

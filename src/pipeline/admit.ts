/** admit: may this address call the source at all? */
import { inRanges, parseRange, type Range } from "../core/address.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Request } from "../core/event.ts";
import type { Source } from "../rules/workspace.ts";

const parsed = new WeakMap<readonly string[], Range[]>();

function rangesOf(texts: readonly string[]): Range[] {
  let ranges = parsed.get(texts);
  if (ranges === undefined) {
    ranges = texts.flatMap((text) => parseRange(text) ?? []);
    parsed.set(texts, ranges);
  }
  return ranges;
}

const LOOPBACK = rangesOf(["127.0.0.0/8", "::1/128"]);

/** Throws ACCEPT_ADDRESS_REFUSED. An unsigned source is for loopback, unless it says out loud that it is for all. */
export function admit(request: Request, source: Source): void {
  const { allowFrom, allowUnsigned } = source.file;
  if (allowFrom !== undefined && !inRanges(request.address, rangesOf(allowFrom))) {
    throw new SignalboxError(
      "ACCEPT_ADDRESS_REFUSED",
      `${request.address} is not in \`allowFrom\` of source \`${source.name}\`.`,
    );
  }
  if (source.scheme.kind !== "none" || allowUnsigned) return;
  if (allowFrom === undefined && !inRanges(request.address, LOOPBACK)) {
    throw new SignalboxError(
      "ACCEPT_ADDRESS_REFUSED",
      `Source \`${source.name}\` is unsigned and takes loopback callers only.`,
    );
  }
}

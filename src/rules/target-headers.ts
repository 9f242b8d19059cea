/** Headers that a target's file sets: only those that are the target's to set, each once. */
import { REFUSED_HEADERS } from "../core/lookup.ts";
import { pointerStep } from "../core/schema-walk.ts";
import type { TargetFile } from "../core/target.ts";
import type { Credential } from "../credentials/credential.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { NOT_IN_HEADERS } from "../core/sendable.ts";

/** Tells of a header that a target must not set, or that cannot be sent. */
export function checkHeader(
  name: string,
  value: string,
  pointer: string,
  of: "key" | "value",
  opened: Opened,
  tell: Tell,
): void {
  const place = opened.document.place(pointer, of);
  if (REFUSED_HEADERS.test(name)) {
    tell(
      opened.path,
      place,
      "RULE_HEADER_REFUSED",
      `A target cannot set the header \`${name.toLowerCase()}\`.`,
    );
  } else if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    tell(
      opened.path,
      place,
      "RULE_VALUE_INVALID",
      `\`${pointer}\` must be a header's name (RFC 9110 § 5.1), got other text.`,
    );
  }

  if (NOT_IN_HEADERS.test(value)) {
    const fix =
      "Remove line breaks and control characters; a secret read from a file often ends in a line break.";
    tell(
      opened.path,
      place,
      "RULE_VALUE_INVALID",
      `The header \`${name}\` has characters that no header may hold.`,
      fix,
    );
  }
}

/** Header names are told apart without regard to case; `auth`, `format` and `compress` set some too. */
export function checkTwice(
  file: TargetFile,
  credential: Credential | undefined,
  opened: Opened,
  tell: Tell,
): void {
  const seen = setElsewhere(file, credential);
  for (const name of Object.keys(file.headers)) {
    const lower = name.toLowerCase();
    const other = seen.get(lower) ?? (lower.startsWith("ce-") ? seen.get("ce-") : undefined);
    seen.set(lower, `\`${name}\``);
    if (other === undefined) continue;
    const place = opened.document.place(`/headers${pointerStep(name)}`, "key");
    const said = `The header \`${name}\` is set by ${other} already.`;
    tell(opened.path, place, "RULE_HEADER_REFUSED", said, "Remove one of them.");
  }
}

function setElsewhere(
  { format, compress, jws, jwe }: TargetFile,
  credential: Credential | undefined,
): Map<string, string> {
  const byAuth = [...Object.keys(credential?.headers ?? {}), ...(credential?.sets ?? [])];
  const seen = new Map(byAuth.map((name) => [name, "`auth`"]));
  if (compress !== undefined) seen.set("content-encoding", "`compress`");
  if (format?.type === "cloudevents") seen.set("ce-", "`format`");
  if (format?.type === "multipart" || (format?.type === "cloudevents" && format.mode === "structured"))
    seen.set("content-type", "`format`");
  if (jws !== undefined) seen.set("content-type", "`jws`");
  if (jwe !== undefined) seen.set("content-type", "`jwe`");
  return seen;
}

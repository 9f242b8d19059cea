/** draft: what would be sent, as a person may look at it and approve it. No credential is in it, nor what differs at each attempt. */
import { createHash } from "node:crypto";
import { isUtf8 } from "node:buffer";
import { MAX_RESULT_BYTES } from "../core/delivery.ts";
import { hashOfRequest, type Draft, type ShownRequest } from "../core/hold.ts";
import type { Recorded } from "../ports.ts";
import type { Target } from "../rules/workspace.ts";
import { hidden } from "./hide.ts";
import { compose } from "./request.ts";

/** Headers that carry a credential, whatever it is. */
const CREDENTIALS = ["authorization", "private-token", "cookie"];

/**
 * The draft of a result. What a target signs, encrypts or compresses is shown and hashed as it is before that. Throws as
 * `buildRequest` does.
 */
export async function draftOf(recorded: Recorded, target: Target, result: unknown): Promise<Draft> {
  const { method, url, headers, body } = await compose(recorded, target, result, { plainly: true });
  const { auth } = target.file;
  const secretHeaders = [...CREDENTIALS, ...(auth?.type === "header" ? [auth.name.toLowerCase()] : [])];
  const shown = Object.entries(headers).filter(([name]) => !secretHeaders.includes(name));
  const bytes = body ?? Buffer.alloc(0);
  const isShown = body !== undefined && bytes.length <= MAX_RESULT_BYTES && isUtf8(bytes);
  const request: ShownRequest = {
    method,
    url: withoutKey(hidden(url, target.secrets), target),
    headers: Object.fromEntries(shown.map(([name, value]) => [name, hidden(value, target.secrets)])),
    ...(isShown && { body: hidden(bytes.toString("utf8"), target.secrets) }),
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
  const text = JSON.stringify(result);
  return {
    hash: hashOfRequest(request),
    request,
    ...(Buffer.byteLength(text) <= MAX_RESULT_BYTES && { result: text }),
  };
}

/** A key that goes into the query may be shorter than what is looked for. */
function withoutKey(url: string, { file: { auth } }: Target): string {
  if (auth?.type !== "query") return url;
  const field = `${encodeURIComponent(auth.name)}=`;
  return url.replace(/([?&])([^&#]*)/g, (all, sign: string, pair: string) =>
    pair.startsWith(field) ? `${sign}${field}[removed]` : all,
  );
}

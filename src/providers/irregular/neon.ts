/** Neon Auth signs a detached JWS whose payload is the time and the body, each in base64url (RFC 7515, appendix F). */
import type { Opened } from "../locate.ts";

/** The payload as it stands in the signing input; undefined without a time. */
export function neonPayload({ request }: Opened, time: string | undefined): string | undefined {
  if (time === undefined) return undefined;
  return Buffer.from(`${time}.${request.body.toString("base64url")}`).toString("base64url");
}

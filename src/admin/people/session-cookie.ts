/** The session's cookie and how long it holds. `__Host-`: this host alone, over a closed line alone. RFC 6265bis § 4.1.3.2. */
import type { Session } from "../../adapters/people/people.ts";
import type { Settings } from "../../settings.ts";

export const SESSION_COOKIE = "__Host-signalbox";

const HOUR_MS = 3_600_000;

/** A cookie's value; undefined where there is none, or two of the name. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const found = (header ?? "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`));
  return found.length === 1 ? found[0]!.slice(name.length + 1) : undefined;
}

/** `set-cookie` for a value; `""` takes it away. */
export function cookie(
  value: string,
  {
    name = SESSION_COOKIE,
    sameSite = "Strict",
    seconds = 0,
  }: { name?: string; sameSite?: "Strict" | "Lax"; seconds?: number } = {},
): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${Math.floor(value === "" ? 0 : seconds)}`;
}

/** In how many ms a session is over if it is not used: by the idle limit or the absolute one, whichever is sooner. */
export function lapsesIn(
  { createdAt, seenAt }: Pick<Session, "createdAt" | "seenAt">,
  now: number,
  { sessionIdleHours, sessionMaxHours }: Pick<Settings, "sessionIdleHours" | "sessionMaxHours">,
): number {
  if (seenAt + sessionIdleHours * HOUR_MS <= now) return 0;
  return Math.min(now + sessionIdleHours * HOUR_MS, createdAt + sessionMaxHours * HOUR_MS) - now;
}

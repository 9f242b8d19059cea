/** Where to go after the log-in: to what was asked for before it, and never to another site. */

const KEPT = "signalbox.way-back";

/** Pages that are served beside this one, behind the same log-in. */
const BESIDE = /^\/queues(?=[/?#]|$)/;

/** The page beside this one that the log-in was asked to lead back to; undefined where there is none. */
export function asked(search: string): string | undefined {
  const to = new URLSearchParams(search).get("to");
  if (to === null || !to.startsWith("/")) return undefined;
  // Read as a browser reads it: a backslash or a line break could make another host of it.
  const url = URL.canParse(to, location.origin) ? new URL(to, location.origin) : undefined;
  if (url === undefined || url.origin !== location.origin || !BESIDE.test(url.pathname)) return undefined;
  return `${url.pathname}${url.search}${url.hash}`;
}

/** Remembers the present address for when the identity provider sends the browser back. */
export function leave(): void {
  try {
    sessionStorage.setItem(KEPT, asked(location.search) ?? `${location.pathname}${location.search}`);
  } catch {
    // Without storage it is the overview.
  }
}

/** The address that was left for the identity provider, once. */
export function comeBack(): string | undefined {
  try {
    const kept = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    return kept === null || !/^\/(?![/\\])/.test(kept) || kept.startsWith("/login") ? undefined : kept;
  } catch {
    return undefined;
  }
}

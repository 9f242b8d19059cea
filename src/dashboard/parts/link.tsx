/** Links that lead only where a link should: within this page's site or to http and https. */
import type { ComponentChildren } from "preact";

/** The address if it is relative or http(s), else undefined: payloads and answers may hold anything. */
export function safeHref(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  try {
    const url = new URL(address, location.origin);
    if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
    // A page of our own is reached under the name that this page was, whatever name the router knows itself by.
    return /^\/docs\//.test(url.pathname) && url.origin !== location.origin && isOwn(url)
      ? `${url.pathname}${url.hash}`
      : address;
  } catch {
    return undefined;
  }
}

function isOwn(url: URL): boolean {
  return url.pathname.startsWith("/docs/errors/") || url.pathname.startsWith("/docs/schemas/");
}

/** The telling end of an id. A delivery's ends with what stands for its route; what tells it from others is its event's. */
export function tailOf(id: string, length = 6): string {
  return (id.startsWith("dlv_") ? id.slice(0, 30) : id).slice(-length);
}

/** An id of ours, in full on hover, shortened to its telling end where `short`. */
export function Id({
  id,
  href,
  short = false,
}: {
  readonly id: string;
  readonly href?: string;
  readonly short?: boolean;
}) {
  const text = short && id.length > 16 ? `${id.slice(0, 4)}…${tailOf(id, 8)}` : id;
  if (href === undefined)
    return (
      <code title={id} class="break">
        {text}
      </code>
    );
  return (
    <a href={href} title={id} class="mono break">
      {text}
    </a>
  );
}

/** A link to the page of a thing of the workspace. */
export function To({
  kind,
  name,
  children,
}: {
  readonly kind: "targets" | "routes";
  readonly name: string;
  readonly children?: ComponentChildren;
}) {
  return <a href={`/${kind}/${encodeURIComponent(name)}`}>{children ?? name}</a>;
}

/** Keys that work on every page: `/` to search, `?` for help, j and k through a list, g and a letter to a page. */
import { useEffect } from "preact/hooks";

/** What the help says: keys and what they do. */
export const KEYS: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["j  k", "next, previous row of a list"],
  ["Enter", "open the row"],
  ["Esc", "close what is open"],
  ["g o", "Overview"],
  ["g e", "Events"],
  ["g d", "Dead letters"],
  ["g t", "Targets"],
  ["g p", "Playground"],
  ["?", "this help"],
];

const PLACES: Readonly<Record<string, string>> = {
  o: "/",
  e: "/events",
  d: "/dead-letters",
  t: "/targets",
  p: "/playground",
};

/** Listens while the shell stands. */
export function useKeys(route: (url: string) => void, help: () => void): void {
  useEffect(() => {
    let goes = false;
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const place = goes ? PLACES[event.key] : undefined;
      goes = event.key === "g" && !goes;
      if (place !== undefined) route(place);
      else if (event.key === "/") document.querySelector<HTMLInputElement>("#search")?.focus();
      else if (event.key === "?") help();
      else if (event.key === "j") step(1);
      else if (event.key === "k") step(-1);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [route]);
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName))
  );
}

/** Moves the focus through the rows' links; beyond either end it stays. */
function step(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>("main [data-row-link]")];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

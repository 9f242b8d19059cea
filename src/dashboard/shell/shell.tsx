/** What stands around every page: the way to the others, the search, who is logged in, and what needs to be known at all times. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ErrorBoundary, useLocation } from "preact-iso";
import type { Me } from "../../admin/shapes/people.ts";
import { problemIn, type Problem } from "../api/call.ts";
import { Dialog } from "../parts/dialog.tsx";
import { ProblemBox } from "../parts/problem.tsx";
import { chooseTheme, chooseZone, theme, zone, type Theme } from "./choices.ts";
import { KEYS, useKeys } from "./keys.ts";
import { Nav } from "./nav.tsx";
import { Notices, tell } from "./notices.tsx";
import { Pages } from "./pages.tsx";
import { whereTo } from "./searched.ts";
import { logOut } from "./session.ts";

export function Shell({ me }: { readonly me: Me }) {
  const { route, url, path } = useLocation();
  const [navOpen, setNavOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);
  const [broken, setBroken] = useState<{ url: string; problem: Problem } | undefined>();
  useKeys(route, () => setHelpOpen(true));
  useEffect(() => setNavOpen(false), [url]);
  useEffect(() => setBroken(undefined), [path]);
  useEffect(() => {
    if (!navOpen) return;
    const closes = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setNavOpen(false);
    };
    document.addEventListener("keydown", closes);
    return () => document.removeEventListener("keydown", closes);
  }, [navOpen]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      {me.impersonator && (
        <div class="banner" role="status">
          {me.impersonator.name} acts as {me.name}. Everything done here is written to the audit trail under
          both names.{" "}
          <button type="button" class="button small" onClick={() => void leave()}>
            Stop
          </button>
        </div>
      )}
      <div class="shell">
        <aside class="side" data-open={navOpen || undefined}>
          <a class="brand" href="/">
            <img src="/signalbox.svg" width={22} height={22} alt="" /> Signalbox
          </a>
          <Nav path={path} />
          <p class="version">Signalbox {me.version}</p>
        </aside>
        {navOpen && (
          <button type="button" class="veil" aria-label="Close the menu" onClick={() => setNavOpen(false)} />
        )}
        <div>
          <header class="top">
            <button
              type="button"
              class="button plain menu-button"
              aria-label="Menu"
              aria-expanded={navOpen}
              onClick={() => setNavOpen(!navOpen)}
            >
              ☰
            </button>
            <Search />
            <div class="end">
              {me.environment !== undefined && (
                <span
                  class={`environment${/^prod/i.test(me.environment) ? " production" : ""}`}
                  title="The environment that this router runs in"
                >
                  {me.environment}
                </span>
              )}
              <button
                type="button"
                class="button plain small optional"
                title="The zone that exact times are written in"
                onClick={() => chooseZone(zone.value === "UTC" ? "local" : "UTC")}
              >
                {zone.value === "UTC" ? "UTC" : "Local time"}
              </button>
              <ThemeButton />
              <a class="button plain small" href="/account" title={`${me.name}, ${me.role}`}>
                <span class="hidden-text">Your account: </span>
                {me.name}
              </a>
              {me.kind === "session" && (
                <button type="button" class="button plain small optional" onClick={() => void leave()}>
                  Log out
                </button>
              )}
            </div>
          </header>
          <main id="main" tabIndex={-1}>
            {broken !== undefined && broken.url === url ? (
              <ProblemBox problem={broken.problem} again={() => location.reload()} />
            ) : (
              <ErrorBoundary onError={(error: Error) => setBroken({ url, problem: problemIn(error) })}>
                <Pages arrived={arrive} />
              </ErrorBoundary>
            )}
          </main>
        </div>
      </div>
      <Notices />
      {helpOpen && <KeyHelp close={() => setHelpOpen(false)} />}
    </>
  );
}

/** After another page was gone to, screen readers and keys go on from its title. */
function arrive(): void {
  document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
}

async function leave(): Promise<void> {
  await logOut().catch((error: unknown) => tell(problemIn(error).detail));
}

function Search() {
  const { route } = useLocation();
  const [typed, setTyped] = useState("");
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const place = whereTo(typed);
        if (place === undefined) return;
        setTyped("");
        input.current?.blur();
        route(place);
      }}
    >
      <input
        ref={input}
        id="search"
        type="search"
        aria-label="Search by id, business key or value at a path"
        placeholder="Id, order:1234, or path = value"
        value={typed}
        maxLength={500}
        spellcheck={false}
        autoComplete="off"
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {typed === "" && <kbd aria-hidden="true">/</kbd>}
    </form>
  );
}

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const THEME_SIGNS: Readonly<Record<Theme, string>> = { system: "◐", light: "☀", dark: "☾" };

function ThemeButton() {
  const chosen = theme.value;
  return (
    <button
      type="button"
      class="button plain small"
      aria-label={`Theme: ${chosen}. Change to ${NEXT_THEME[chosen]}`}
      title={`Theme: ${chosen}`}
      onClick={() => chooseTheme(NEXT_THEME[chosen])}
    >
      <span aria-hidden="true">{THEME_SIGNS[chosen]}</span>
    </button>
  );
}

function KeyHelp({ close }: { readonly close: () => void }) {
  return (
    <Dialog title="Keys" close={close}>
      <dl class="facts">
        {KEYS.map(([key, what]) => [
          <dt key={`${key}-`}>
            <kbd>{key}</kbd>
          </dt>,
          <dd key={key}>{what}</dd>,
        ])}
      </dl>
    </Dialog>
  );
}

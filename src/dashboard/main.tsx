/** START HERE: the dashboard. The session is asked for while the first page's code is on its way. */
import { render } from "preact";
import { LocationProvider } from "preact-iso";
import "./styles/all.css";
import { Door } from "./shell/door.tsx";
import { preload } from "./shell/pages.tsx";
import { readSession } from "./shell/session.ts";

/** Paths that this page serves; those of the router's other pages are left to the browser. */
const OWN = /^\/(?!(docs|queues|api|metrics|healthz|readyz)(\/|$|\?|#))/;

void readSession();
preload(location.pathname);
const root = document.getElementById("app");
if (root !== null) {
  render(
    <LocationProvider scope={OWN}>
      <Door />
    </LocationProvider>,
    root,
  );
}

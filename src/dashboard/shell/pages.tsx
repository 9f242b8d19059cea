/** Which page stands at which path; each is loaded when it is first gone to. */
import { Route, Router, lazy } from "preact-iso";
import { Empty } from "../parts/problem.tsx";
import { PageHead } from "../parts/page.tsx";

const Overview = lazy(() => import("../pages/overview.tsx").then(({ OverviewPage }) => OverviewPage));
const Events = lazy(() => import("../pages/events.tsx").then(({ EventsPage }) => EventsPage));
const Event = lazy(() => import("../pages/event.tsx").then(({ EventPage }) => EventPage));
const Deliveries = lazy(() => import("../pages/deliveries.tsx").then(({ DeliveriesPage }) => DeliveriesPage));
const Delivery = lazy(() => import("../pages/deliveries-one.tsx").then(({ DeliveryPage }) => DeliveryPage));
const DeadLetters = lazy(() =>
  import("../pages/dead-letters.tsx").then(({ DeadLettersPage }) => DeadLettersPage),
);
const DeadCause = lazy(() =>
  import("../pages/dead-letters-cause.tsx").then(({ DeadCausePage }) => DeadCausePage),
);
const Lines = lazy(() => import("../pages/lines.tsx").then(({ LinesPage }) => LinesPage));
const Holds = lazy(() => import("../pages/holds.tsx").then(({ HoldsPage }) => HoldsPage));
const Hold = lazy(() => import("../pages/hold.tsx").then(({ HoldPage }) => HoldPage));
const Replays = lazy(() => import("../pages/replays.tsx").then(({ ReplaysPage }) => ReplaysPage));
const Replay = lazy(() => import("../pages/replays-one.tsx").then(({ ReplayPage }) => ReplayPage));
const Requests = lazy(() => import("../pages/requests.tsx").then(({ RequestsPage }) => RequestsPage));
const Request = lazy(() => import("../pages/requests-one.tsx").then(({ RequestPage }) => RequestPage));
const Playground = lazy(() => import("../pages/playground.tsx").then(({ PlaygroundPage }) => PlaygroundPage));
const Map = lazy(() => import("../pages/map.tsx").then(({ MapPage }) => MapPage));
const Sources = lazy(() => import("../pages/sources.tsx").then(({ SourcesPage }) => SourcesPage));
const Source = lazy(() => import("../pages/source.tsx").then(({ SourcePage }) => SourcePage));
const Routes = lazy(() => import("../pages/routes.tsx").then(({ RoutesPage }) => RoutesPage));
const OneRoute = lazy(() => import("../pages/route.tsx").then(({ RoutePage }) => RoutePage));
const Targets = lazy(() => import("../pages/targets.tsx").then(({ TargetsPage }) => TargetsPage));
const Target = lazy(() => import("../pages/target.tsx").then(({ TargetPage }) => TargetPage));
const People = lazy(() => import("../pages/people.tsx").then(({ PeoplePage }) => PeoplePage));
const Person = lazy(() => import("../pages/person.tsx").then(({ PersonPage }) => PersonPage));
const Audit = lazy(() => import("../pages/audit.tsx").then(({ AuditPage }) => AuditPage));
const Settings = lazy(() => import("../pages/settings.tsx").then(({ SettingsPage }) => SettingsPage));
const Account = lazy(() => import("../pages/account.tsx").then(({ AccountPage }) => AccountPage));

const PAGES = [
  ["/", Overview],
  ["/login", Overview],
  ["/events", Events],
  ["/events/:id", Event],
  ["/deliveries", Deliveries],
  ["/deliveries/:id", Delivery],
  ["/dead-letters", DeadLetters],
  ["/dead-letters/:cause", DeadCause],
  ["/lines", Lines],
  ["/holds", Holds],
  ["/holds/:id", Hold],
  ["/replays", Replays],
  ["/replays/:id", Replay],
  ["/requests", Requests],
  ["/requests/:id", Request],
  ["/playground", Playground],
  ["/map", Map],
  ["/sources", Sources],
  ["/sources/:name", Source],
  ["/routes", Routes],
  ["/routes/:name", OneRoute],
  ["/targets", Targets],
  ["/targets/:name", Target],
  ["/people", People],
  ["/people/:id", Person],
  ["/audit", Audit],
  ["/settings", Settings],
  ["/account", Account],
] as const;

/** Begins to load a page's code before it is known who asks for it. */
export function preload(path: string): void {
  const parts = path.split("/").filter(Boolean);
  const page = PAGES.find(([pattern]) => {
    const expected = pattern.split("/").filter(Boolean);
    return (
      expected.length === parts.length &&
      expected.every((part, index) => part.startsWith(":") || part === parts[index])
    );
  });
  page?.[1].preload().catch(() => undefined);
}

/** The page of the present path; `arrived` is called after another one was gone to. */
export function Pages({ arrived }: { readonly arrived: () => void }) {
  return (
    <Router onRouteChange={arrived}>
      {PAGES.map(([path, component]) => (
        <Route key={path} path={path} component={component} />
      ))}
      <Route default component={Nowhere} />
    </Router>
  );
}

function Nowhere() {
  return (
    <>
      <PageHead title="No such page" />
      <Empty title="Nothing is here">
        <p>
          The address may be mistyped, or what it led to has gone. <a href="/">Go to the overview</a>, or
          search by id with <kbd>/</kbd>.
        </p>
      </Empty>
    </>
  );
}

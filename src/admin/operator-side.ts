/** The operator's side, served: API, dashboard, queues and who may see them, on a port of its own. */
import { fileURLToPath } from "node:url";
import { closeServer } from "../adapters/http/close-server.ts";
import { adminApp, baseOf, serve } from "../adapters/http/express.ts";
import { connectOperator, whenReady } from "../adapters/store/redis.ts";
import type { Target } from "../adapters/store/place.ts";
import type { Tail } from "../adapters/tail.ts";
import type { Clock, Log } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { shownSettings, type Settings } from "../settings.ts";
import { servedPaths } from "./answer.ts";
import { createChanges } from "./changes.ts";
import { dashboardFiles } from "./dashboard-files.ts";
import { adminEndpoints } from "./endpoints.ts";
import { originGuard } from "./guard.ts";
import type { History } from "../history.ts";
import type { Operation } from "./operation.ts";
import { errorPage } from "./page.ts";
import { createPeople } from "./people/people.ts";
import type { Checks } from "./ready.ts";
import { scrapingEndpoints, type Page } from "./scraping.ts";
import type { Watched } from "./watched.ts";

/** Where the build puts the pages. */
const DASHBOARD = fileURLToPath(new URL("../dashboard/", import.meta.url));

/** The operator's side as it is served. */
export interface OperatorSide {
  /** Base URL without a path. */
  readonly address: string;
  /** The link by which the first admin is made, while there is nobody. A secret. */
  readonly setup: string | undefined;
  /** What this machine's command line sends. A secret. */
  readonly localToken: string;
  /** Ends the streams, lets the other calls end until the deadline, then cuts them off. */
  close(deadlineMs: number): Promise<void>;
}

/** Serves it; throws SETTING_PORT_TAKEN, SETTING_PORT_DENIED. */
export async function serveOperator(parts: {
  readonly settings: Settings;
  readonly store: Target;
  /** The store does not answer yet, and is not waited for. */
  readonly away: boolean;
  readonly workspace: () => Workspace;
  readonly history: History;
  readonly operation: Operation;
  readonly tail: Tail;
  readonly ready: () => Promise<Checks>;
  readonly quarantine: Watched["quarantine"];
  readonly admit: Watched["admit"];
  readonly captured: Watched["captured"];
  readonly reload: Watched["reload"];
  readonly scrape: () => Promise<Page>;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}): Promise<OperatorSide> {
  const { settings, workspace, history, operation, tail, ready, clock, log, version } = parts;
  const { adminHost } = settings;
  const connection = connectOperator(parts.store, log);
  if (!parts.away) await whenReady(connection, 5_000);
  let address = "";
  const base = (): string => settings.adminUrl ?? address;
  const people = createPeople(connection, {
    ...{ clock, log, settings, version, base },
    deciding: operation.deciding,
  });
  const changes = createChanges(tail.follow, (route) => workspace().routes.get(route)?.file.source);
  const watched = {
    workspace,
    history,
    settings: () => shownSettings(settings),
    log,
    ready,
    follow: tail.follow,
    changes,
    paused: operation.holds,
    glance: operation.glance,
    quarantine: parts.quarantine,
    admit: parts.admit,
    captured: parts.captured,
    reload: parts.reload,
  };
  const away = (): Promise<boolean> =>
    connection.ping().then(
      () => false,
      () => true,
    );
  const answering = { identify: people.identify, record: people.record, log, away };
  const loopback = ["127.0.0.1", "::1", "localhost"].includes(adminHost);
  const scraping = scrapingEndpoints(parts.scrape, loopback);
  const more = [...operation.endpoints, ...people.endpoints, ...scraping];
  const served = {
    paths: servedPaths(adminEndpoints(watched, more, version), answering),
    mounts: [operation.mount(answering)],
    guard: originGuard(loopback, settings.adminUrl),
    otherwise: dashboardFiles(DASHBOARD),
  };
  const { server, port } = await serve(
    adminApp(served, errorPage, () => address, log),
    settings.adminPort,
    adminHost,
  );
  address = baseOf(adminHost, port);
  return {
    address,
    setup: await people.setupLink(),
    localToken: people.localToken,
    async close(deadlineMs) {
      changes.close();
      await closeServer(server, Math.min(deadlineMs, 1_000));
      connection.disconnect();
    },
  };
}

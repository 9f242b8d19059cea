/**
 * START HERE: settings, rules, wiring, serve, stop.
 * POST /hooks/:source → express → pipeline/receive (accept → dispatch) → [bullmq: a queue for each target]
 *   → pipeline/deliver (forward → settle) → delivered | tried again at T | dead letter
 */
import { randomBytes } from "node:crypto";
import { createBooks } from "./adapters/books.ts";
import { createHistory } from "./adapters/history.ts";
import { createQueues } from "./adapters/bullmq.ts";
import { createCaptured } from "./adapters/captured.ts";
import { storeClock } from "./adapters/clock.ts";
import { adminApp, closeServer, ingestApp, serve } from "./adapters/express.ts";
import { createKeyTexts } from "./adapters/key-texts.ts";
import { createQuarantine } from "./adapters/quarantine.ts";
import { createLimits } from "./adapters/rate-limit.ts";
import { createRecord } from "./adapters/record.ts";
import { createRefusals, readRefusals } from "./adapters/refusals.ts";
import { repeat } from "./adapters/repeat.ts";
import { connectBlocking, connectIngest, connectWorker, whenReady } from "./adapters/redis.ts";
import { createSealer } from "./adapters/secret-key.ts";
import { openStore } from "./adapters/store.ts";
import { createTail } from "./adapters/tail.ts";
import { createHttp } from "./adapters/undici.ts";
import { servedPaths } from "./admin/answer.ts";
import { adminEndpoints } from "./admin/endpoints.ts";
import { originGuard } from "./admin/guard.ts";
import { errorPage } from "./admin/page.ts";
import { scopesOf, type Caller } from "./core/role.ts";
import { admitHeld } from "./pipeline/admit-held.ts";
import { deliver } from "./pipeline/deliver.ts";
import { receive, refuse } from "./pipeline/receive.ts";
import { reconcile } from "./pipeline/reconcile.ts";
import type { Held, Log, Ports } from "./ports.ts";
import type { Workspace } from "./rules/workspace.ts";
import type { Settings } from "./settings.ts";

/** A router that serves. */
export interface Router {
  /** Base URLs without a path; absent where the role has no such side. */
  readonly hooks?: string;
  readonly admin?: string;
  /** One plain line about the store, and what an operator should know of it. */
  readonly store: { readonly kind: string; readonly describe: string; readonly warnings: readonly string[] };
  /** Follows what happens, a JSON text each; returns how to stop. */
  follow(hear: (line: string) => void): () => void;
  /** Stops intake first, then finishes or hands back what is in flight, within the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

const RECONCILE_MS = 5_000;
const FORGET_MS = 10_000;
/** Without progress for so long a worker is not ready. */
const STUCK_MS = 30_000;

/** Starts a router on a workspace that has been checked. Throws SignalboxError SETTING_*. */
export async function startRouter(settings: Settings, workspace: Workspace, log: Log): Promise<Router> {
  const { role } = settings;
  const works = role !== "ingest";
  const opened = await openStore(settings, log);
  const closing: ((deadlineMs: number) => unknown)[] = [() => opened.close()];
  const stop = async (deadlineMs: number): Promise<void> => {
    for (const close of closing.reverse()) {
      await Promise.resolve(close(deadlineMs)).catch((error: unknown) =>
        log.error({ error: String(error) }, "router.close"),
      );
    }
  };
  try {
    return await wire();
  } catch (error) {
    await stop(1_000);
    throw error;
  }

  async function wire(): Promise<Router> {
    const ingest = connectIngest(opened.target, log);
    const commands = connectWorker(opened.target, log);
    const blocking = works ? connectBlocking(opened.target, log) : undefined;
    closing.push(() => [ingest, commands, blocking].forEach((connection) => connection?.disconnect()));
    await whenReady(ingest, 5_000);
    const clock = await storeClock(commands, log);
    closing.push(() => clock.stop());

    const http = createHttp({ allowPrivate: settings.allowPrivateTargets });
    closing.push(() => http.close());
    const perform = (id: Parameters<typeof deliver>[0], start: Parameters<typeof deliver>[1]) =>
      deliver(id, start, workspace, ports);
    const queues = createQueues({ commands, blocking, producers: [ingest], clock, log, perform });
    closing.push((deadlineMs) => queues.close(deadlineMs));
    const store = createRecord({ ingest, commands, queues, clock });
    const sealer = createSealer(settings.secretKey, settings.dataDir);
    const quarantine = createQuarantine(commands, sealer, log);
    const ports: Ports = {
      clock,
      random: pooledRandom(),
      store,
      http,
      limits: createLimits(),
      refusals: createRefusals(commands),
      fetchText: createKeyTexts(http),
      captured: createCaptured(ingest, sealer),
      quarantine,
      reopen: (delivery) => history.reopen(delivery),
      log,
    };
    const history = createHistory({ commands, queues, clock });
    const tail = createTail(() => connectBlocking(opened.target, log));
    closing.push(() => tail.close());

    if (works) {
      const former = (await queues.known()).filter((name) => !workspace.targets.has(name));
      for (const { name, file } of workspace.targets.values()) queues.work(name, file);
      // What a target that is gone has left behind becomes dead letters that say so, instead of waiting for ever.
      for (const name of former) queues.work(name, { concurrency: 1 });
      const books = createBooks(commands, queues);
      let cursor = 0;
      closing.push(
        repeat(RECONCILE_MS, log, "reconcile", async () => {
          cursor = await reconcile(books, cursor, clock.now(), log);
        }),
        repeat(FORGET_MS, log, "forget", async () => {
          const forgotten = await history.forget(
            settings.historyHours * 3_600_000,
            settings.historyMegabytes * 1_048_576,
          );
          if (forgotten > 0) log.debug({ events: forgotten }, "history.forgotten");
        }),
      );
    }

    const admin = await serveAdmin();
    const hooks = role === "worker" ? undefined : await serveHooks();
    return {
      ...(hooks !== undefined && { hooks }),
      admin,
      store: { kind: opened.kind, describe: opened.describe, warnings: opened.warnings },
      follow: (hear) => tail.follow(hear),
      stop,
    };

    async function serveHooks(): Promise<string> {
      let base = settings.publicUrl ?? "";
      const app = ingestApp(
        {
          maxBodyBytes: (source) => workspace.sources.get(source)?.file.maxBodyBytes,
          receive: (source, request) => receive(source, request, workspace, ports),
          refuse: (source, error, request) => refuse(error, workspace.sources.get(source), request, ports),
        },
        errorPage,
        () => base,
      );
      const { server, port } = await serve(app, settings.port, settings.host);
      closing.push((deadlineMs) => closeServer(server, Math.min(deadlineMs, 5_000)));
      const address = `http://127.0.0.1:${port}`;
      base ||= address;
      return address;
    }

    async function serveAdmin(): Promise<string> {
      let base = "";
      const { adminHost } = settings;
      const loopback = ["127.0.0.1", "::1", "localhost"].includes(adminHost);
      const ready = (): ReturnType<typeof readiness> =>
        readiness(commands.ping(), workspace, works ? queues.progressAt : undefined);
      const watched = {
        workspace: () => workspace,
        history,
        queues,
        refusals: () => readRefusals(commands),
        quarantine,
        admit: (held: Held) => admitHeld(held, workspace, ports),
        log,
        ready,
        follow: tail.follow,
      };
      const paths = servedPaths(adminEndpoints(watched), {
        identify: () => Promise.resolve(NOBODY_ELSE),
        record: () => Promise.resolve(),
        log,
      });
      const operator = { paths, mounts: [], guard: originGuard(loopback, []), otherwise: () => undefined };
      const app = adminApp(operator, errorPage, () => base);
      const { server, port } = await serve(app, settings.adminPort, adminHost);
      closing.push((deadlineMs) => closeServer(server, Math.min(deadlineMs, 1_000)));
      base = `http://${adminHost === "0.0.0.0" || adminHost === "::" ? "127.0.0.1" : adminHost}:${port}`;
      return base;
    }
  }
}

/** Until people can log in, whoever reaches the operator's side is taken for its admin. */
const NOBODY_ELSE: Caller = {
  kind: "local",
  id: "local",
  name: "local",
  role: "admin",
  scopes: scopesOf("admin"),
};

/** Random bytes by the page: asking the kernel for each id's ten costs more than the rest of the id. */
function pooledRandom(): Ports["random"] {
  let pool = randomBytes(4096);
  let used = 0;
  return {
    bytes(count) {
      if (used + count > pool.length) {
        pool = randomBytes(4096);
        used = 0;
      }
      used += count;
      return pool.subarray(used - count, used);
    },
  };
}

type Checks = Readonly<Record<string, { ok: boolean; detail: string }>>;

async function readiness(
  ping: Promise<unknown>,
  workspace: Workspace,
  progressAt: number | undefined,
): Promise<Checks> {
  const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), 1_000).unref());
  const answered = await Promise.race([ping.then(() => "answers" as const), late]).catch(
    () => "late" as const,
  );
  const idle = progressAt === undefined ? 0 : Date.now() - progressAt;
  return {
    store: {
      ok: answered === "answers",
      detail: answered === "answers" ? "answers" : "does not answer within 1 s",
    },
    rules: { ok: true, detail: `${workspace.routes.size} routes, revision ${workspace.revision}` },
    ...(progressAt !== undefined && {
      workers: { ok: idle < STUCK_MS, detail: `last sign of progress ${Math.round(idle / 1000)} s ago` },
    }),
  };
}

/**
 * START HERE: settings, rules, wiring, serve, stop.
 * POST /hooks/:source → express → pipeline/receive (accept → dispatch) → [bullmq: a queue for each target]
 *   → pipeline/deliver (forward → settle) → delivered | tried again at T | dead letter
 */
import { readFileSync } from "node:fs";
import { createAnswers } from "./adapters/answers.ts";
import { createBacklog } from "./adapters/record/backlog.ts";
import { durabilitySentence, type Durability } from "./adapters/store/durability.ts";
import { createFlows } from "./adapters/waiting/flows.ts";
import { createFormerSecrets } from "./adapters/former-secrets.ts";
import { createHappenings } from "./adapters/happenings.ts";
import { createHolds } from "./adapters/waiting/holds.ts";
import { createHistory } from "./adapters/history/history.ts";
import { createQueues } from "./adapters/queues/bullmq.ts";
import { createCanaries } from "./adapters/watching/canaries.ts";
import { createCaptured } from "./adapters/captured.ts";
import { storeClock } from "./adapters/store/clock.ts";
import { createClosing } from "./adapters/closing.ts";
import { closeServer } from "./adapters/http/close-server.ts";
import { atTheDoor } from "./adapters/http/door.ts";
import { baseOf, ingestApp, serve, type Ingest } from "./adapters/http/express.ts";
import { createGate, type Deliveries } from "./adapters/http/intake-gate.ts";
import { createLines } from "./adapters/waiting/lines.ts";
import { keepLiveCounts, readLiveCounts } from "./adapters/watching/live-counts.ts";
import { createKeyTexts } from "./adapters/http/key-texts.ts";
import { createPrometheus } from "./adapters/watching/prometheus.ts";
import { pooledRandom } from "./adapters/pooled-random.ts";
import { createQuarantine } from "./adapters/quarantine.ts";
import { createLearning } from "./adapters/watching/learned.ts";
import { createLeaving } from "./adapters/leaving.ts";
import { createLookups } from "./adapters/lookups.ts";
import { createLimits } from "./adapters/rate-limit.ts";
import { noteOtherName } from "./adapters/record/other-names.ts";
import { dedupeName } from "./adapters/record/commit-call.ts";
import { createRecord } from "./adapters/record/record.ts";
import { createRefusals } from "./adapters/record/refusals.ts";
import { createRepetitions } from "./adapters/record/repetitions.ts";
import { keys } from "./adapters/record/keys.ts";
import { repeat } from "./adapters/repeat.ts";
import { tellRevision } from "./adapters/rules/revision.ts";
import { connectBlocking, connectIngest, connectWorker, whenReady } from "./adapters/store/redis.ts";
import { evaluateAside } from "./adapters/rules/aside.ts";
import { createShadows } from "./adapters/watching/shadows.ts";
import { createSilence } from "./adapters/watching/silence.ts";
import { createSealer } from "./adapters/secret-key.ts";
import { readStoreFacts } from "./adapters/store/state.ts";
import { watchIdentity } from "./adapters/store/identity.ts";
import { openStore } from "./adapters/store/store.ts";
import { watchRoom } from "./adapters/store/room.ts";
import { beginTracing } from "./adapters/watching/tracing.ts";
import { rememberingLately } from "./adapters/spool/lately.ts";
import { withSpool } from "./adapters/spool/open.ts";
import { createSuspects } from "./adapters/queues/suspects.ts";
import { allOf, createTallies } from "./adapters/watching/tallies.ts";
import { createTail } from "./adapters/tail.ts";
import { createVersions } from "./adapters/record/versions.ts";
import { commitOf } from "./adapters/rules/git.ts";
import { createTicking, createTicks } from "./adapters/ticking.ts";
import { createTokens } from "./adapters/tokens.ts";
import { createHttp } from "./adapters/http/undici.ts";
import { beginUpkeep } from "./adapters/upkeep.ts";
import { watchLoop } from "./adapters/watching/watchdog.ts";
import { countedRules, gaugesOf, spoolGauges } from "./admin/gauges.ts";
import { operate } from "./admin/operation.ts";
import { serveOperator } from "./admin/operator-side.ts";
import { errorPage } from "./admin/page.ts";
import { readiness } from "./admin/ready.ts";
import type { EventId } from "./core/event.ts";
import { admitHeld } from "./pipeline/admit-held.ts";
import { authorizing } from "./pipeline/authorize.ts";
import { deliver } from "./pipeline/deliver.ts";
import { concluded } from "./pipeline/dispatch.ts";
import { lapse } from "./pipeline/lapse.ts";
import { checkGaps } from "./pipeline/gap-check.ts";
import { happening } from "./pipeline/happen.ts";
import { receive, refuse, turnAway } from "./pipeline/receive.ts";
import { tick } from "./pipeline/tick.ts";
import type { Happening, Log, Ports } from "./ports.ts";
import { createLiveCoverage } from "./rules/live-coverage.ts";
import { liveRules, type Reloaded } from "./rules/live.ts";
import type { Loaded } from "./rules/load.ts";
import type { Canary, Workspace } from "./rules/workspace.ts";
import type { Settings } from "./settings.ts";

/** A router that serves. */
export interface Router {
  /** Base URLs without a path; absent where the role has no such side. */
  readonly hooks?: string;
  readonly admin?: string;
  /** The link by which the first admin is made, while there is nobody. A secret: for the operator's eyes, not for a log. */
  readonly setup?: string;
  /** What this machine's command line sends to the operator's side. A secret. */
  readonly localToken: string;
  /** One plain line about the store, and what an operator should know of it. */
  readonly store: { readonly kind: string; readonly describe: string; readonly warnings: readonly string[] };
  /** Follows what happens, a JSON text each; returns how to stop. */
  follow(hear: (line: string) => void): () => void;
  /** The rules in force. */
  workspace(): Workspace;
  /** Reads the workspace again: its rules take the place of those in force, all at once, or are refused with their problems. */
  reload(): Promise<Reloaded>;
  /** Says that it is about to end, and goes on for as long as balancers need to see it; at once where no request comes here. */
  leave(): Promise<void>;
  /** Stops intake first, then finishes or hands back what is in flight, within the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

const { version: VERSION } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { version: string };
/** How exactly a gap check begins in time. */
const GAPS_MS = 2_000;
/** Of refused files so many errors are told in the log; all of them are to be had by `signalbox check`. */
const TOLD_PROBLEMS = 10;

/** Starts a router on a workspace that has been checked; `load` reads it again. Throws SignalboxError SETTING_*. */
export async function startRouter(
  settings: Settings,
  first: Workspace,
  load: () => Promise<Loaded>,
  log: Log,
): Promise<Router> {
  const { role } = settings;
  log.info({ version: VERSION, node: process.versions.node, role }, "router.starting");
  const works = role !== "ingest";
  const opened = await openStore(settings, log);
  const closing = createClosing(log);
  const { stop } = closing;
  const leaving = createLeaving(role === "worker" ? 0 : settings.leaveSeconds);
  closing.push(() => opened.close());
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
    if (!opened.away) await whenReady(ingest, 5_000);
    let durability: Durability | undefined;
    const fit = opened.fit.then((known) => (durability = known));
    if (!opened.away) await fit;
    const clock = await storeClock(commands, log);
    closing.push(() => clock.stop());

    const tallies = createTallies(commands, clock, log);
    closing.push(() => tallies.stop());
    const prometheus = createPrometheus({
      ...{ version: VERSION, role, now: clock.now },
      rules: () => countedRules(rules.current()),
      own: () => {
        const spool = spoolGauges(kept.spool());
        const rulesRefused = rules.refused !== undefined;
        return {
          rulesRefused,
          durability,
          ...(spool && { spool }),
          ...(tracing && { spans: tracing.counts }),
        };
      },
      targets: () => gauges.targets(),
      store: () => readStoreFacts(commands, opened.kind === "trial"),
      whole: () => gauges.whole(),
    });
    const tracing = await beginTracing(process.env, VERSION, log);
    if (tracing) closing.push(() => tracing.stop());
    const calls = createHttp({ allowPrivate: settings.allowPrivateTargets, version: VERSION });
    closing.push(() => calls.close());
    closing.push(evaluateAside(log));
    const sealer = createSealer(settings.secretKey, settings.dataDir);
    const http = authorizing(calls, createTokens(commands, sealer, clock));
    const rules = liveRules(first, load, takeOver);
    const { coverageOneIn: oneIn } = settings;
    const coverage = works && oneIn > 0 ? createLiveCoverage(oneIn) : undefined;
    if (coverage !== undefined) closing.push(keepLiveCounts(commands, log, coverage.news));
    const perform = (id: Parameters<typeof deliver>[0], start: Parameters<typeof deliver>[1]) =>
      deliver(id, start, coverage?.turn(rules.current()) ?? rules.current(), ports);
    const queues = createQueues({ commands, blocking, clock, log, perform });
    closing.push((deadlineMs) => queues.close(deadlineMs));
    const flows = createFlows({
      ...{ commands, queues, clock, log },
      happened: (one) => ports.happened(one),
      targets: () => [...rules.current().targets.values()],
    });
    const ledgerSeconds = (settings.historyHours + 24) * 3_600;
    // The trial store copies a whole key at every access: its segments are small.
    const sealing = opened.kind === "trial" ? { events: 100 } : {};
    const lines = createLines({ commands, queues, workspace: rules.current, clock, log });
    const history = createHistory({ commands, queues, clock, log, sealing, lines });
    const room = watchRoom(commands, log);
    const backlog = createBacklog(commands, { strained: () => gate.overloaded, used: room.used }, log);
    closing.push(() => backlog.stop());
    const record = createRecord({
      isLong: backlog.isLong,
      durability: () => durability ?? { mode: "fast" },
      ...{ ingest, commands, queues, clock, ledgerSeconds, isWorking: works },
      thaw: (id) => history.thaw(id),
      standing: (id) => history.standing(id),
      hear: (target, news) => flows.hear(target, news),
    });
    closing.push(() => room.stop(), watchIdentity(commands, log));
    const has = async (id: EventId): Promise<boolean> => (await history.event(id)) !== undefined;
    const isFast = (): boolean => durability?.mode !== "strict";
    const known = (told: EventId, one: EventId): Promise<unknown> =>
      noteOtherName(commands, told, one, ledgerSeconds);
    const remembered = rememberingLately({ store: record, connection: ingest, isFast, has, known, log });
    closing.push(() => remembered.stop());
    const kept = await withSpool(settings, {
      ...{ store: remembered, fit, hasRoom: room.hasRoom, has, known, log },
      repeated: (commit, committed) => concluded(commit, committed, rules.current(), ports),
    });
    closing.push(() => kept.close());
    const { store } = kept;
    const holds = createHolds({ commands, queues, lines, clock });
    const held = createQuarantine(commands, sealer, log);
    const captured = createCaptured(ingest, sealer);
    const former = createFormerSecrets(ingest, sealer, { clock, log });
    const doing = works ? (): Deliveries => ({ ...queues.deliveries }) : undefined;
    const gate = createGate(doing, kept.inUse, settings.shedSeconds, log);
    const suspects = createSuspects(commands, log);
    closing.push(gate.stop, suspects.stop);
    const canaries = createCanaries({ commands, clock, log, happened: (one) => ports.happened(one) });
    const shadows = createShadows(commands, clock, log);
    closing.push(
      () => canaries.stop(),
      () => shadows.stop(),
    );
    const learns = {
      ...{ commands, workspace: rules.current, ports: { log, clock } },
      happened: (one: Happening) => ports.happened(one),
      off: settings.learning === "off",
    };
    const learning = createLearning(learns);
    const silence = createSilence({ ...learns, off: learns.off || !works });
    closing.push(
      () => learning.stop(),
      () => silence.stop(),
    );
    const answers = createAnswers(() => connectBlocking(opened.target, log), { commands, history, log });
    closing.push(() => answers.close());
    const versions = createVersions({ commands, workspace: rules.current, commit: commitOf, clock, log });
    closing.push(() => versions.stop());
    const ports: Ports = {
      clock,
      random: pooledRandom(),
      store,
      http,
      lookups: createLookups({ commands, sealer, clock, log }),
      limits: createLimits(),
      gate,
      refusals: createRefusals(commands, ledgerSeconds),
      fetchText: createKeyTexts(http),
      captured,
      former,
      quarantine: held,
      suspects,
      canaries,
      shadows,
      learning,
      reopen: (delivery, how) => history.reopen(delivery, how),
      repetitions: createRepetitions(commands, ledgerSeconds),
      holds,
      versions,
      tally: allOf(tallies, prometheus.tally),
      happened: (one) => {
        published(one);
        tell(one);
      },
      answers,
      elsewhere: () => operation.elsewhere(),
      log,
      ...(tracing && { tracing }),
    };
    const published = createHappenings(commands, log);
    const tell = happening(rules.current, ports);
    const { kind, describe, warnings } = opened;
    const operation = operate({
      holdStore: holds,
      versions,
      ...{ canaries, shadows, learning, silence },
      commands,
      queues,
      flows,
      history,
      lines,
      workspace: rules.current,
      ports,
      role,
      store: { kind, describe, warnings },
      durability: () => durability && durabilitySentence(durability),
      version: VERSION,
      coverage: { oneIn, read: (version) => readLiveCounts(commands, version) },
    });
    closing.push(() => operation.close());
    const gauges = gaugesOf({ glance: operation.glance, queues, holds, workspace: rules.current, clock });
    const tail = createTail(() => connectBlocking(opened.target, log));
    closing.push(() => tail.close());

    if (works) closing.push(watchLoop());
    const beginToWork = async (): Promise<void> => {
      await fit;
      const { targets } = rules.current();
      const former = (await queues.known()).filter((name) => !targets.has(name));
      for (const { name, file } of targets.values()) queues.work(name, file);
      // What a target that is gone has left behind becomes dead letters that say so, instead of waiting for ever.
      for (const name of former) queues.work(name, { concurrency: 1 });
      const holding = (): Promise<void> =>
        lapse(holds, settings.historyHours * 3_600_000, rules.current(), ports);
      closing.push(...beginUpkeep({ commands, queues, history, lines, holding, clock, log, settings }));
    };
    const followed = canaries.follow(canariesOf(rules.current()));
    if (!opened.away) await followed;
    const begun = works ? beginToWork() : Promise.resolve();
    if (!opened.away) await begun;
    else begun.catch((error: unknown) => log.error({ error: String(error) }, "work.unbegun"));

    tellRevision(commands, rules.current(), ports);
    const ticks = createTicks(commands);
    const ticking = createTicking((source) => tick(source, rules.current(), ports, ticks), { clock, log });
    closing.push(() => ticking.stop());
    if (works) ticking.follow(first.sources.values());

    const checking = {
      ticks,
      isKnown: async (source: string, id: string) =>
        (await commands.exists(keys.dedupe(source, dedupeName(id)))) === 1,
    };
    const gaps = async (): Promise<void> => {
      for (const source of rules.current().sources.values())
        if (source.file.gapCheck !== undefined)
          await checkGaps(source, rules.current(), { ...ports, ...checking });
    };
    if (works) closing.push(repeat(GAPS_MS, log, "gaps", gaps));

    const ready = (): ReturnType<typeof readiness> =>
      readiness(commands.ping(), rules, works ? queues.progressAt : undefined, {
        durability: durability && durabilitySentence(durability),
        spool: kept.spool(),
        leavingSince: leaving.since,
      });
    const operator = await serveOperator({
      ...{ settings, store: opened.target, away: opened.away, workspace: rules.current, history },
      ...{ operation, tail, ready },
      ...{ clock, log, version: VERSION },
      quarantine: {
        ...held,
        list: () => held.list(clock.now()),
        release: (id, events) => held.release(id, events, clock.now()),
      },
      admit: (request) => admitHeld(request, rules.current(), ports),
      reload,
      captured,
      scrape: () => prometheus.page(),
    });
    closing.push((deadlineMs) => operator.close(deadlineMs));
    const hooks = role === "worker" ? undefined : await serveHooks();
    return {
      ...(hooks !== undefined && { hooks }),
      admin: operator.address,
      ...(operator.setup !== undefined && { setup: operator.setup }),
      localToken: operator.localToken,
      store: { kind, describe, warnings },
      follow: (hear) => tail.follow(hear),
      workspace: rules.current,
      reload,
      leave: () => leaving.leave(),
      stop,
    };

    async function reload(): Promise<Reloaded> {
      const reloaded = await rules.reload();
      const { state, revision, was, problems } = reloaded;
      const errors = problems.filter(({ severity }) => severity === "error");
      if (state === "refused") {
        const told = errors.slice(0, TOLD_PROBLEMS).map(oneLine);
        log.error({ revision, errors: errors.length, problems: told }, "rules.refused");
      } else {
        const { commit } = rules.current();
        log.info({ revision, was, state, ...(commit !== undefined && { commit }) }, "rules.reloaded");
      }
      return reloaded;
    }

    /** Deliveries that are made keep their route's name: the next attempt of each follows the rules that are in force then. */
    async function takeOver(workspace: Workspace): Promise<void> {
      if (works) for (const { name, file } of workspace.targets.values()) queues.work(name, file);
      await canaries.follow(canariesOf(workspace));
      if (works) ticking.follow(workspace.sources.values());
      if (role !== "worker") await former.remember(workspace.sources.values());
      operation.glance.changed();
      versions.look();
      tellRevision(commands, workspace, ports);
      operation.beat();
    }

    async function serveHooks(): Promise<string> {
      const remembered = former.remember(first.sources.values());
      if (!opened.away) await remembered;
      let base = settings.publicUrl ?? "";
      const taking: Ingest = {
        maxBodyBytes: (source) => rules.current().sources.get(source)?.file.maxBodyBytes,
        gate,
        turnAway: (source) => turnAway(source, ports),
        receive: (source, request) => receive(source, request, rules.current(), ports),
        refuse: (source, error, request) =>
          refuse(error, rules.current().sources.get(source), request, ports),
        isLeaving: () => leaving.since !== undefined,
      };
      const app = ingestApp(taking, errorPage, () => base, log);
      const door = atTheDoor(taking, app, () => base);
      const { server, port } = await serve(app, settings.port, settings.host, door);
      closing.push((deadlineMs) => closeServer(server, Math.min(deadlineMs, 5_000)));
      const address = baseOf(settings.host, port);
      base ||= address;
      return address;
    }
  }
}

function canariesOf({ routes }: Workspace): Canary[] {
  return [...routes.values()].flatMap(({ canary }) => canary ?? []);
}

function oneLine({ file, line, column, code, message }: Reloaded["problems"][number]): string {
  return `${file}:${line}:${column} ${code} ${message}`;
}

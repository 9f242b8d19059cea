/**
 * What is learned of the bodies of each source and type, in the store, for all processes: sampled, off the path of requests, bounded.
 * Fills the port `Learning`.
 */
import { hash } from "node:crypto";
import { LEARNING, NOTHING_LEARNED, learn, type Drift, type Learned, type Sample } from "../../core/drift.ts";
import type { Event } from "../../core/event.ts";
import { matchesType } from "../../core/route.ts";
import { outsideOf, saidOf, shapeOf, type Said } from "../../core/shape.ts";
import type { Learning, Ports } from "../../ports.ts";
import { readersOf } from "../../rules/readers.ts";
import type { Workspace } from "../../rules/workspace.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

const FLUSH_MS = 1_000;
/** While a shape is learned so many of its events are looked at in a second, and of all known shapes together so many. */
const MOST_LEARNING = 10;
const MOST_KNOWN = 20;
/** Larger bodies are not looked at. */
const MOST_BYTES = 262_144;
/** Types of a source that are learned; a source that makes a type of each id is learned of no further. */
const MOST_TYPES = 200;
const TRIES = 3;
/** What nobody has sent for so long is forgotten. */
const KEPT_SECONDS = 60 * 86_400;
/** Who has found a drift tells it; where it did not, whoever learns next does so, up to this age. */
const TELL_MS = 20 * 3_600_000;

/** `v`: count of changes, `s`: the state as JSON, `source`, `type`. */
const keyOf = (source: string, type: string): string =>
  `{sb}:shape:${source}:${hash("sha256", type).slice(0, 16)}`;
/** Set of the types of a source that are learned. */
const typesOf = (source: string): string => `{sb}:shapes:${source}`;

/** KEYS: state, types. ARGV: the `v` that it is made of, state, source, type. Answers 1 where it was still so. */
const SWAP = `
if (redis.call('HGET', KEYS[1], 'v') or '0') ~= ARGV[1] then return 0 end
if ARGV[1] == '0' and redis.call('SCARD', KEYS[2]) >= ${MOST_TYPES} then return 2 end
redis.call('HSET', KEYS[1], 'v', ARGV[1] + 1, 's', ARGV[2], 'source', ARGV[3], 'type', ARGV[4])
redis.call('SADD', KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[1], ${KEPT_SECONDS})
redis.call('EXPIRE', KEYS[2], ${KEPT_SECONDS})
return 1`;

/** What is known of a type. */
export interface LearnedType extends Learned {
  readonly type: string;
}

export interface KeptLearning extends Learning {
  /** All types of a source, by name. */
  read(source: string): Promise<readonly LearnedType[]>;
  /** Begins anew. */
  forget(source: string): Promise<void>;
  stop(): Promise<void>;
}

/** Waits to be looked at. */
interface Waiting {
  readonly source: string;
  readonly type: string;
  readonly events: Event[];
}

export function createLearning(parts: {
  readonly commands: StoreConnection;
  readonly workspace: () => Workspace;
  readonly ports: Pick<Ports, "log" | "clock">;
  readonly happened: Ports["happened"];
  /** Nothing is learned. */
  readonly off: boolean;
}): KeptLearning {
  const { commands, workspace, ports, happened, off } = parts;
  const { log, clock } = ports;
  let waiting = new Map<string, Waiting>();
  let known = 0;
  /** Names whose shape is known, as far as this process knows. */
  const settled = new Set<string>();

  const turn = async (): Promise<void> => {
    const full = waiting;
    waiting = new Map();
    known = 0;
    for (const [name, one] of full) {
      await new Promise((resolve) => setImmediate(resolve));
      const samples = await learnFrom(one);
      if (samples >= LEARNING && settled.size < 10_000) settled.add(name);
    }
  };

  const learnFrom = async ({ source, type, events }: Waiting): Promise<number> => {
    const schemas = schemasFor(source, type, workspace());
    const samples = events.map((event): Sample => {
      const shape = shapeOf(event.payload);
      const outside = schemas.flatMap((schema) => outsideOf(event.payload, schema, shape.keys()));
      const { id, receivedAt } = event.context;
      return { event: id, at: Date.parse(receivedAt), shape, outside };
    });
    const said = (path: string): Said | undefined =>
      schemas.map((schema) => saidOf(schema, path)).find((one) => one !== undefined);
    const key = keyOf(source, type);
    for (let tries = 0; tries < TRIES; tries++) {
      const [version, text] = await commands.hmget(key, "v", "s");
      const before = text ? (JSON.parse(text) as Learned) : NOTHING_LEARNED;
      const owed = before.drifts.filter((drift) => drift.told !== true);
      const kept = { ...before, drifts: before.drifts.map((drift): Drift => ({ ...drift, told: true })) };
      const after = learn(kept, samples, said);
      const state = JSON.stringify(after);
      const reply = await commands.eval(SWAP, 2, key, typesOf(source), version ?? "0", state, source, type);
      if (reply === 2) return LEARNING;
      if (reply !== 1) continue;
      for (const drift of [...owed, ...after.drifts.filter(({ told }) => told !== true)])
        if (clock.now() - drift.at < TELL_MS) tell(source, type, drift);
      return after.samples;
    }
    return 0;
  };

  const tell = (source: string, type: string, drift: Drift): void => {
    const { path, what, from, to, event, at } = drift;
    const rules = readersOf({ source, type, path }, workspace());
    const change = { path, what, from, to };
    const sample = { event, href: `/api/v1/events/${event}` };
    happened({
      type: "schema.drift",
      subject: source,
      data: { source, eventType: type, change, rules, sample },
      once: { at, is: `drift ${source} ${type} ${what} ${path} ${to} ${at}` },
    });
    log.warn({ source, type, ...change, rules, event }, "schema.drift");
  };

  const stop = off ? undefined : repeat(FLUSH_MS, log, "learning", turn);
  return {
    note(event) {
      if (off) return;
      const { source, type } = event.context;
      const name = `${source} ${type}`;
      let one = waiting.get(name);
      if (settled.has(name)) {
        if (one !== undefined || known >= MOST_KNOWN) return;
        known++;
      } else if ((one?.events.length ?? 0) >= MOST_LEARNING || waiting.size >= MOST_TYPES) return;
      if (event.body.length > MOST_BYTES) return;
      if (one === undefined) waiting.set(name, (one = { source, type, events: [] }));
      one.events.push(event);
    },
    async read(source) {
      const types = (await commands.smembers(typesOf(source))).sort();
      const pipeline = commands.pipeline();
      for (const type of types) pipeline.hget(keyOf(source, type), "s");
      const replies = types.length === 0 ? [] : ((await pipeline.exec()) ?? []);
      return types.flatMap((type, at) => {
        const text = replies[at]?.[1] as string | null | undefined;
        return text ? [{ type, ...(JSON.parse(text) as Learned) }] : [];
      });
    },
    async forget(source) {
      const types = await commands.smembers(typesOf(source));
      await commands.del(typesOf(source), ...types.map((type) => keyOf(source, type)));
      settled.clear();
    },
    stop: async () => void (await stop?.()),
  };
}

/** The schemas that stand for such events: the source's, and those of the rules that take them. */
function schemasFor(source: string, type: string, { sources, routesOf, schemas }: Workspace): unknown[] {
  const named = [
    ...(sources.get(source)?.schemas ?? []).flatMap((one) => (matchesType([one.type], type) ? one.name : [])),
    ...routesOf(source).flatMap(({ file, transform }) =>
      matchesType(file.on, type) ? (transform?.input?.name ?? []) : [],
    ),
  ];
  return [...new Set(named)].flatMap((name) => schemas.get(name)?.schema ?? []);
}

/** Lines over the store: put right, let on, and listed where they are stopped. What decides who is next is line-scripts.ts. */
import type { Delivery, DeliveryId } from "../../core/delivery.ts";
import { OPEN_STATES } from "../../core/delivery.ts";
import { eventOf, idTime, routeTag } from "../../core/ids.ts";
import { readLineId } from "../../core/line-id.ts";
import type { Line } from "../../core/line.ts";
import type { StoppedLine } from "../../history.ts";
import { inLine } from "../../pipeline/line.ts";
import type { Clock, Log, Standing } from "../../ports.ts";
import type { Route, Workspace } from "../../rules/workspace.ts";
import type { Queues } from "../queues/bullmq.ts";
import { lineScripts } from "./line-scripts.ts";
import { eventIn, type DeliveryMeta } from "../record/format.ts";
import { keys } from "../record/keys.ts";
import { DELIVERY_LUA } from "../record/scripts.ts";
import { defineScripts, type Pipeline, type StoreConnection } from "../store/redis.ts";

/** Lines that are let on in one turn, and stopped ones that are looked at in one. */
const AT_ONCE = 500;
const LOOKED_AT = 100;
/** Where no route lets anything wait for a time, it is looked so seldom whether something is left of one that did. */
const SELDOM_MS = 5_000;
/** Lines whose former route is gone, or is of another kind now, keep nothing back. */
const NO_TERMS = { t: "1000000,1,all", b: "1,0" } as const;

export interface Lines {
  /** The line that a delivery is to stand in by its route as it is now; it may be hot only. */
  of(delivery: Delivery): Promise<Line | undefined>;
  /** Puts open deliveries at their place: in their queue, in their line or at its head. Returns how many were not there. */
  mend(deliveries: readonly Delivery[]): Promise<number>;
  /** A delivery that has come to an end goes out of its line, and lets the next one on. */
  leave(line: string, id: DeliveryId): Promise<void>;
  /** True where the delivery stops the line until a person decides. */
  isHeld(line: string, id: DeliveryId): Promise<boolean>;
  /** Lets those begin whose time has come. */
  go(): Promise<void>;
  /** Looks at stopped lines, some at a time: one whose dead letter is none any more, or is not to stop it, goes on. */
  mendStopped(standing: (event: Standing["event"]) => Promise<readonly Standing[]>): Promise<void>;
  /** Stopped lines, those first that have been so for longest, and how many there are. */
  stopped(limit: number): Promise<{ readonly items: readonly StoppedLine[]; readonly count: number }>;
  /** One that a delivery stops; undefined where it does not. */
  stoppedBy(line: string, id: DeliveryId): Promise<StoppedLine | undefined>;
}

export function createLines(parts: {
  readonly commands: StoreConnection;
  readonly queues: Pick<Queues, "scripts">;
  readonly workspace: () => Pick<Workspace, "routes">;
  readonly clock: Clock;
  readonly log: Log;
}): Lines {
  const { commands, queues, workspace, clock, log } = parts;
  defineScripts(commands, lineScripts(queues.scripts.add, DELIVERY_LUA));
  const routeOf = routesByTag(workspace);
  let looked = 0;
  let seldomAt = -Infinity;

  /** By the route's file as it is now. */
  const termsOf = (line: string): string => {
    const letter = line[8];
    const now = routeOf(line.slice(0, 8))?.line;
    if (letter !== "t" && letter !== "b") return "";
    return now?.rule === readLineId(line)?.rule ? (now?.terms ?? "") : NO_TERMS[letter];
  };

  const send = async (pipeline: Pipeline): Promise<unknown[]> =>
    ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });

  const leave = async (line: string, id: DeliveryId): Promise<void> => {
    await commands.sbLeave(clock.now(), line, id);
  };

  const read = async (lines: readonly string[]): Promise<StoppedLine[]> => {
    const pipeline = commands.pipeline();
    for (const line of lines)
      pipeline.hget(keys.turns, line).zcard(keys.waiting(line)).zrange(keys.waiting(line), 0, 0);
    const replies = await send(pipeline);
    return lines.flatMap((line, at): StoppedLine[] => {
      const [turn, waiting, [oldest]] = replies.slice(at * 3, at * 3 + 3) as [
        string | null,
        number,
        string[],
      ];
      const one = turn === null ? undefined : stoppedIn(line, turn);
      if (one === undefined) return [];
      const route = routeOf(line.slice(0, 8))?.name;
      const oldestAt = oldest === undefined ? undefined : idTime(oldest.slice(4, 30));
      return [{ ...one, ...(route && { route }), waiting, ...(oldestAt !== undefined && { oldestAt }) }];
    });
  };

  /** Why a stopped line is to go on; undefined where it is not. */
  const reasonToGoOn = async (
    { line, delivery }: StoppedLine,
    standing: (event: Standing["event"]) => Promise<readonly Standing[]>,
  ): Promise<string | undefined> => {
    if ((routeOf(line.slice(0, 8))?.line?.onDead ?? "skip") === "skip") return "the route skips dead letters";
    const hot = await commands.hget(keys.event(delivery.slice(4, 30)), `d:${delivery.slice(30)}`);
    const state =
      hot !== null
        ? (JSON.parse(hot) as DeliveryMeta).s
        : (await standing(eventOf(delivery))).find(({ id }) => id === delivery)?.state;
    if (state === "dead" || (state !== undefined && OPEN_STATES.includes(state))) return undefined;
    return state === undefined ? "its dead letter has left the history" : "its dead letter is none any more";
  };

  return {
    leave,

    async of(delivery) {
      const route = workspace().routes.get(delivery.route);
      if (route?.line === undefined) return undefined;
      const [meta, body] = await commands.hmgetBuffer(keys.event(delivery.event.slice(4)), "m", "b");
      return meta && body ? inLine(delivery, route, eventIn(meta, body)).line : undefined;
    },

    async mend(deliveries) {
      const pipeline = commands.pipeline();
      const now = clock.now();
      for (const { id, line } of deliveries) if (line) pipeline.sbMend(now, line.id, id, termsOf(line.id));
      return (await send(pipeline)).filter((reply) => reply === 1).length;
    },

    async isHeld(line, id) {
      const turn = await commands.hget(keys.turns, line);
      return turn !== null && turn.startsWith(`${id}|hold|`);
    },

    async go() {
      const now = clock.now();
      if (!hasTimes(workspace()) && now - seldomAt < SELDOM_MS) return;
      seldomAt = now;
      const due = await commands.zrange(keys.due, "-inf", now, "BYSCORE", "LIMIT", 0, AT_ONCE);
      if (due.length === 0) return;
      const pipeline = commands.pipeline();
      for (const line of due) pipeline.sbGo(now, line, termsOf(line));
      await send(pipeline);
    },

    async mendStopped(standing) {
      const some = await commands.zrange(keys.stopped, looked, looked + LOOKED_AT - 1);
      looked = some.length < LOOKED_AT ? 0 : looked + LOOKED_AT;
      const found = await read(some);
      const known = new Set(found.map(({ line }) => line));
      const strays = some.filter((line) => !known.has(line));
      if (strays.length > 0) await commands.zrem(keys.stopped, ...strays);
      for (const one of found) {
        const reason = await reasonToGoOn(one, standing);
        if (reason === undefined) continue;
        await leave(one.line, one.delivery);
        log.warn({ route: one.route, delivery: one.delivery, waiting: one.waiting, reason }, "line.released");
      }
    },

    async stopped(limit) {
      const count = await commands.zcard(keys.stopped);
      if (count === 0 || limit === 0) return { items: [], count };
      const lines = await commands.zrange(keys.stopped, 0, limit - 1);
      return { items: await read(lines), count };
    },

    async stoppedBy(line, id) {
      const [one] = await read([line]);
      return one?.delivery === id ? one : undefined;
    },
  };
}

function hasTimes({ routes }: Pick<Workspace, "routes">): boolean {
  for (const { line } of routes.values())
    if (line?.rule === "throttle" || line?.rule === "batch") return true;
  return false;
}

function routesByTag(workspace: () => Pick<Workspace, "routes">): (tag: string) => Route | undefined {
  let of: Pick<Workspace, "routes"> | undefined;
  let byTag = new Map<string, Route>();
  return (tag) => {
    const now = workspace();
    if (now !== of) {
      byTag = new Map([...now.routes.values()].map((route) => [routeTag(route.name), route]));
      of = now;
    }
    return byTag.get(tag);
  };
}

/** A line by its turn as the store has it: `<delivery>|<how>|<since>|<code>`. */
function stoppedIn(line: string, turn: string): Omit<StoppedLine, "waiting"> | undefined {
  const [delivery, how, since, code = ""] = turn.split("|");
  const known = readLineId(line);
  if (known === undefined || (how !== "park" && how !== "hold")) return undefined;
  return { line, key: known.key, delivery: delivery as DeliveryId, how, since: Number(since), code };
}

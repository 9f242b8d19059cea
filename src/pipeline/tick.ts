/** tick: a schedule's moment becomes an event, once over all processes, also where a process dies on the way to it. */
import type { Event } from "../core/event.ts";
import { eventId } from "../core/ids.ts";
import { tickBody } from "../core/schedule.ts";
import type { Ports } from "../ports.ts";
import type { Source, Workspace } from "../rules/workspace.ts";
import { dispatch } from "./dispatch.ts";

/** What is remembered of schedules, for all processes. A schedule is known by its source and what it says. */
export interface Ticks {
  /** The tick that was last dealt with, or when the schedule was first seen: `now`, where it never was before. Epoch ms. */
  since(schedule: string, now: number): Promise<number>;
  /** True for one process at a time; lapses by itself after 10 s. */
  take(schedule: string): Promise<boolean>;
  /** This tick is dealt with; lets go of what was taken. */
  done(schedule: string, tick: number): Promise<void>;
}

/** A tick that is noticed later than this was missed. */
const LATE_MS = 30_000;
/** When somebody else deals with a tick, it is looked at again so much later. */
const AGAIN_MS = 1_000;
/** An event of the same tick is known for so long. */
const KNOWN_MS = 72 * 3_600_000;

/**
 * Deals with the latest tick of a source that is due; several that passed meanwhile are one. Returns when to look again, in
 * epoch ms; Infinity where there is no such schedule any more.
 * The event is stored before the tick counts as dealt with, and a second event of it is known by its time.
 */
export async function tick(
  name: string,
  workspace: Workspace,
  ports: Pick<Ports, "clock" | "random" | "store" | "log" | "reopen" | "repetitions" | "tally">,
  ticks: Ticks,
): Promise<number> {
  const source = workspace.sources.get(name);
  const schedule = source?.schedule;
  if (source === undefined || schedule === undefined) return Infinity;
  const { clock, log, tally } = ports;
  const known = `${name}:${schedule.words}`;
  const now = clock.now();
  const due = schedule.latest(await ticks.since(known, now), now);
  const next = schedule.next(now) ?? Infinity;
  if (due === undefined) return next;
  if (source.file.schedule?.missed === "skip" && due < now - LATE_MS) {
    await ticks.done(known, due);
    log.info({ source: name, tick: new Date(due).toISOString() }, "tick.skipped");
    return next;
  }
  if (!(await ticks.take(known))) return Math.min(next, now + AGAIN_MS);
  const event = eventOf(source, due, ports);
  const [dispatched] = await dispatch([{ event }], workspace, ports);
  tally.request(name, dispatched?.duplicate === true ? "duplicate" : "accepted");
  await ticks.done(known, due);
  return next;
}

/** The event of a tick, as if it had been posted; `$event.headers."signalbox-tick"` has the tick's time. */
function eventOf(source: Source, due: number, { clock, random }: Pick<Ports, "clock" | "random">): Event {
  const { type = "tick", body } = source.file.schedule ?? {};
  const now = clock.now();
  const at = new Date(due).toISOString();
  const payload = tickBody(body, at);
  return {
    context: {
      id: eventId(now, random.bytes(10)),
      source: source.name,
      type,
      receivedAt: new Date(now).toISOString(),
      headers: { "signalbox-tick": at },
      query: {},
      method: "TICK",
      path: `/hooks/${source.name}`,
    },
    dedupeKey: at,
    dedupeMs: KNOWN_MS,
    providerId: at,
    verified: { kind: "schedule" },
    body: Buffer.from(JSON.stringify(payload)),
    contentType: "json",
    payload,
  };
}

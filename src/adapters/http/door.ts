/** Who may come in while more comes than gets done: decided before Express is asked, and before anything of a request is read. */
import type { IncomingMessage as In, RequestListener, ServerResponse as Out } from "node:http";
import type { Reply } from "../../core/reply.ts";
import type { Gate } from "../../ports.ts";
import { send } from "./write-reply.ts";

/** How the router is, for those who stand at its door. */
export interface Overload {
  readonly overloaded: boolean;
  /** This process delivers as well: each delivery waits for the end of several turns of the loop, and for what comes in in them. */
  readonly delivers: boolean;
}

/** What is asked at the door. */
export interface Door {
  /** undefined: there is no such source, and its body is not read. */
  maxBodyBytes(source: string): number | undefined;
  /** Who may come in now; asked before a request is read. */
  readonly gate: Pick<Gate, "came" | "take"> & Overload;
  /** The answer to a request that may not. */
  turnAway(source: string): Reply;
  /** True where the process is about to end: connections are not kept then. */
  isLeaving(): boolean;
}

/** Those that were asked about before Express, and when they had come (ms of `performance`). */
export const admitted = new WeakMap<In, number>();

/** A path of a source, as nearly all senders write it. Others are asked about once Express has read theirs. */
const HOOK = /^\/hooks\/([a-z0-9_-]+)(?:$|\?)/;

/** Who may not come in now waits for so long at most, and so many at a time in all. A sender of few connections is slowed by it, not refused. */
const WAIT_MS = 500;
const MOST_WAITING = 500;
/** Those who wait are looked at so often. */
const LOOK_MS = 1;
/** Beside deliveries, one comes in in a turn of the event loop, unless the last one took so long: too few would come in. */
const LONG_TURN_MS = 5;

/**
 * The senders' app behind a door. While more comes than gets done it decides before Express, which would cost more than a refusal, and
 * before anything of a request is read: what waits, waits with its sender.
 */
export function atTheDoor(ingest: Door, app: RequestListener, base: () => string): RequestListener {
  /** By source, the longest waiting first. */
  const waiting = new Map<string, { request: In; response: Out; at: number }[]>();
  let count = 0;
  let lookedAt = 0;

  const look = (): void => {
    const now = performance.now();
    let room = ingest.gate.delivers && now - lookedAt < LONG_TURN_MS ? 1 : Infinity;
    lookedAt = now;
    for (const [source, all] of waiting) {
      let gone = 0;
      for (const { request, response, at } of all) {
        if (room === 0) break;
        // Who has gone away meanwhile takes nobody's place.
        const isIn = !response.destroyed && ingest.gate.take(source);
        if (!isIn && !response.destroyed && now - at < WAIT_MS) break;
        gone += 1;
        if (response.destroyed) continue;
        if (isIn) {
          admitted.set(request, at);
          room -= 1;
          app(request, response);
        } else turnAway(ingest, source, request, response, base());
      }
      count -= gone;
      all.splice(0, gone);
      if (all.length === 0) waiting.delete(source);
      if (room > 0) continue;
      // The others' turn comes before its next one.
      if (all.length > 0 && waiting.delete(source)) waiting.set(source, all);
      break;
    }
    if (count === 0) return;
    if (room === 0) setImmediate(look);
    else setTimeout(look, LOOK_MS);
  };

  return (request, response) => {
    const source = ingest.gate.overloaded || count > 0 ? HOOK.exec(request.url ?? "")?.[1] : undefined;
    if (source === undefined || ingest.maxBodyBytes(source) === undefined) return app(request, response);
    ingest.gate.came(source);
    const at = performance.now();
    const before = waiting.get(source);
    if (before === undefined && ingest.gate.take(source)) {
      admitted.set(request, at);
      return app(request, response);
    }
    if (count >= MOST_WAITING) return turnAway(ingest, source, request, response, base());
    if (count++ === 0) {
      lookedAt = at;
      setTimeout(look, LOOK_MS);
    }
    const one = { request, response, at };
    if (before === undefined) waiting.set(source, [one]);
    else before.push(one);
  };
}

/** So much of a body is let pass unread, so that its connection can be kept; what announces more has to make another. */
const PASSED_BYTES = 1_048_576;

/** Refuses without having read the body; Node throws away what still comes of it. */
export function turnAway(ingest: Door, source: string, request: In, response: Out, base: string): void {
  if (ingest.isLeaving() || Number(request.headers["content-length"] ?? 0) > PASSED_BYTES)
    response.setHeader("connection", "close");
  send(response, ingest.turnAway(source), base);
}

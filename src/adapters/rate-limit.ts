/** Rate limits (rate-limiter-flexible): of sources, counted in this process for the port `Limits`; of tries to log in, in the store. */
import { createHash } from "node:crypto";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { SignalboxError } from "../core/errors.ts";
import type { Limits } from "../ports.ts";

export function createLimits(): Limits {
  const limiters = new Map<string, RateLimiterMemory>();
  return {
    async take(source, count, perSeconds) {
      const key = `${source}|${count}|${perSeconds}`;
      let limiter = limiters.get(key);
      if (limiter === undefined) {
        limiter = new RateLimiterMemory({ points: count, duration: perSeconds });
        limiters.set(key, limiter);
      }
      try {
        await limiter.consume(source);
        return 0;
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return Math.max(0.001, refused.msBeforeNext / 1000);
      }
    },
  };
}

/** Tries that may fail within a time, counted in the store for all processes together. */
export interface Tries {
  /** Counts a try. Throws ADMIN_TRIES_EXCEEDED, with the seconds to wait; rejects when the store does not answer. */
  take(key: string): Promise<void>;
  /** Forgets the failed tries of a key. */
  forgive(key: string): Promise<void>;
}

/** At most `count` tries a key within `perSeconds`; keys are hashed, since names stand in them. */
export function createTries(connection: unknown, what: string, count: number, perSeconds: number): Tries {
  const limiter = new RateLimiterRedis({
    storeClient: connection,
    keyPrefix: `{sb}:tries:${what}`,
    points: count,
    duration: perSeconds,
  });
  const hashed = (key: string): string => createHash("sha256").update(key).digest("base64url").slice(0, 22);
  return {
    async take(key) {
      try {
        await limiter.consume(hashed(key));
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        const retryAfterSeconds = refused.msBeforeNext / 1000;
        const wait = Math.ceil(retryAfterSeconds / 60);
        throw new SignalboxError(
          "ADMIN_TRIES_EXCEEDED",
          `Too many tries: the next may be made in ${wait} min.`,
          {
            retryAfterSeconds,
          },
        );
      }
    },
    async forgive(key) {
      await limiter.delete(hashed(key));
    },
  };
}

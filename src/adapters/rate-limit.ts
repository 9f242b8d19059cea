/** Rate limits of sources, counted in this process (rate-limiter-flexible): fills the port `Limits`. */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
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

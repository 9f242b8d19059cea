/** Short-lived proofs that processes share: sealed in the store, obtained by one process at a time. Fills the port `Tokens`. */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { SignalboxError } from "../core/errors.ts";
import type { Clock, Tokens } from "../ports.ts";
import type { StoreConnection } from "./store/redis.ts";
import type { Sealer } from "./secret-key.ts";

/** Longer than an issuer is waited for: whoever obtains one still has the lock when it comes. */
const LOCK_MS = 15_000;
const PATIENCE_MS = 20_000;
const POLL_MS = 25;
/** A failure counts for so long: an issuer is not asked for every delivery. */
const FAILED_MS = 2_000;
/** One that is younger is not replaced because it was refused: a target that refuses all would have one made for each call. */
const YOUNG_MS = 1_000;

interface Kept {
  readonly text: string;
  readonly madeAt: number;
  readonly lapsesAt: number;
}

/** Times are the store's. Where another process seals by another key its proofs are not read, and each has its own. */
export function createTokens(store: StoreConnection, sealer: Sealer, clock: Clock): Tokens {
  const known = new Map<string, Kept>();
  const failed = new Map<string, { readonly error: unknown; readonly at: number }>();
  const underWay = new Map<string, Promise<Kept>>();

  const isGood = (kept: Kept | undefined, refused: string | undefined): kept is Kept =>
    kept !== undefined &&
    clock.now() < kept.lapsesAt &&
    (kept.text !== refused || clock.now() - kept.madeAt < YOUNG_MS);

  async function shared(name: string): Promise<Kept | undefined> {
    const sealed = await store.get(keyOf(name));
    if (sealed === null) return undefined;
    try {
      return JSON.parse(await sealer.unseal(sealed, purpose(name))) as Kept;
    } catch {
      return undefined;
    }
  }

  /** What another process has, or one that is made under the lock while the others wait for it. */
  async function renew(name: string, refused: string | undefined, obtain: Obtain): Promise<Kept> {
    const lock = `${keyOf(name)}:lock`;
    const mine = randomUUID();
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const theirs = await shared(name);
      if (isGood(theirs, refused)) return theirs;
      if ((await store.set(lock, mine, "PX", LOCK_MS, "NX")) === "OK") break;
      if (performance.now() > deadline) throw late();
      await wait(POLL_MS + Math.random() * POLL_MS);
    }
    try {
      const theirs = await shared(name);
      if (isGood(theirs, refused)) return theirs;
      const { text, lifeMs } = await obtain();
      const kept: Kept = { text, madeAt: clock.now(), lapsesAt: clock.now() + lifeMs };
      const sealed = await sealer.seal(JSON.stringify(kept), purpose(name));
      await store.set(keyOf(name), sealed, "PX", Math.max(1, Math.ceil(lifeMs)));
      return kept;
    } finally {
      await store.eval(RELEASE, 1, lock, mine);
    }
  }

  async function renewOnce(name: string, refused: string | undefined, obtain: Obtain): Promise<Kept> {
    try {
      const kept = await renew(name, refused, obtain);
      failed.delete(name);
      known.set(name, kept);
      return kept;
    } catch (error) {
      failed.set(name, { error, at: performance.now() });
      throw error;
    } finally {
      underWay.delete(name);
    }
  }

  return {
    async take(name, refused, obtain) {
      const kept = known.get(name);
      if (isGood(kept, refused)) return kept.text;
      // One that is under way may have been begun for another reason, and bring the refused one.
      const theirs = await underWay.get(name);
      if (isGood(theirs, refused)) return theirs.text;
      let renewal = underWay.get(name);
      if (renewal === undefined) {
        const failure = failed.get(name);
        if (failure !== undefined && performance.now() - failure.at < FAILED_MS) throw failure.error;
        underWay.set(name, (renewal = renewOnce(name, refused, obtain)));
      }
      return (await renewal).text;
    },
  };
}

type Obtain = Parameters<Tokens["take"]>[2];

/** Only its holder releases a lock: it may have lapsed and be another's by now. */
const RELEASE =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0';

function keyOf(name: string): string {
  return `{sb}:token:${name}`;
}

function purpose(name: string): string {
  return `token ${name}`;
}

function late(): SignalboxError {
  const detail = `Another process did not get a token within ${PATIENCE_MS / 1000} seconds.`;
  return new SignalboxError("FORWARD_TOKEN_UNAVAILABLE", detail);
}

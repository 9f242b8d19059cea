/**
 * The audit trail in Redis: entries are added, never changed. Each holds the hash of the one before it, so that a gap or a
 * changed entry shows. A list for each day, which expires as a whole; an entry's id is its day and its place in it.
 */
import { createHash } from "node:crypto";
import { SignalboxError } from "../../core/errors.ts";
import type { Clock } from "../../ports.ts";
import { inLine } from "../in-line.ts";
import type { StoreConnection } from "../store/redis.ts";

/** Something that somebody did. Never a secret, a payload or a query. */
export interface Entry {
  readonly author: string;
  readonly authorId?: string;
  readonly impersonator?: string;
  readonly impersonatorId?: string;
  /** `token.created` */
  readonly action: string;
  /** What it was done to, as it is named outside. */
  readonly on?: string;
  /** The person whom it concerns besides the author, by id. */
  readonly about?: string;
  readonly detail?: string;
  readonly address?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
}

/** An entry as it is kept. */
export interface Kept extends Entry {
  readonly id: string;
  /** Epoch ms, by the store's clock. */
  readonly at: number;
  readonly hash: string;
}

/** A command of Redis that is carried out together with an entry. */
export type Write = readonly (string | number)[];

export interface AuditTrail {
  /**
   * Adds an entry, and carries out `writes` in the same step, or does neither: `moved` when people have changed since
   * `version` was read. Rejects when the store does not answer.
   */
  append(entry: Entry, writes?: readonly Write[], version?: string): Promise<"done" | "moved">;
  /** Newest first, at most `limit` that match, from before the cursor on. Throws ADMIN_CURSOR_STALE for one that is none. */
  page(query: {
    readonly limit: number;
    readonly cursor?: string;
    readonly matches: (entry: Kept) => boolean;
  }): Promise<{ items: readonly Kept[]; next?: string }>;
  /** Goes along the whole chain that is kept: how many entries, and the id of the first that does not fit, if any. */
  verify(): Promise<{ entries: number; broken?: string }>;
}

/** Counts changes of people and tokens; who decides by what he read asks that it be the same. */
export const VERSION_KEY = "{sb}:people:v";
const HEAD_KEY = "{sb}:audit:head";
const DAYS_KEY = "{sb}:audit:days";
const dayKey = (day: string): string => `{sb}:audit:${day}`;

/**
 * KEYS version head days · ARGV version|"" former head, new head, entry, day, expiry s, writes as JSON → word, head. A clock
 * that is behind does not write into a day before the latest: the order of the lists is that of the chain. The entry comes first, since a script that fails takes
 * nothing back: what cannot be written down is not done.
 */
const APPEND = `
local head = redis.call('GET', KEYS[2]) or ''
if head == ARGV[3] then return {'done', head} end
if ARGV[1] ~= '' and (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return {'moved', head} end
if head ~= ARGV[2] then return {'head', head} end
local day = ARGV[5]
local latest = redis.call('ZREVRANGE', KEYS[3], 0, 0)[1]
if latest and latest > day then day = latest end
redis.call('RPUSH', '{sb}:audit:' .. day, ARGV[4])
redis.call('EXPIRE', '{sb}:audit:' .. day, ARGV[6])
redis.call('ZADD', KEYS[3], day, day)
redis.call('SET', KEYS[2], ARGV[3])
local writes = cjson.decode(ARGV[7])
for i = 1, #writes do redis.call(unpack(writes[i])) end
if #writes > 0 then redis.call('INCR', KEYS[1]) end
return {'done', ARGV[3]}`;

const DAY_MS = 86_400_000;
/** Tries against other processes that add entries at the same moment. */
const TRIES = 200;
/** Entries that are fetched at once, and that one page looks at. */
const CHUNK = 500;
const LOOKED_AT = 20_000;

/** The trail over a connection; entries are kept so many days. */
export function createAudit(connection: StoreConnection, clock: Clock, days: number): AuditTrail {
  // Entries of this process stand in line, so that they do not fight one another for the head of the chain.
  const line = inLine();

  async function add(entry: Entry, writes: readonly Write[], version: string): Promise<"done" | "moved"> {
    let head = (await connection.get(HEAD_KEY)) ?? "";
    for (let tries = 0; tries < TRIES; tries++) {
      const at = clock.now();
      const text = JSON.stringify({ ...entry, at, former: head });
      const hash = hashOf(text);
      const day = new Date(at).toISOString().slice(0, 10).replaceAll("-", "");
      const keys = [VERSION_KEY, HEAD_KEY, DAYS_KEY];
      const values = [version, head, hash, text, day, Math.ceil((days * DAY_MS + DAY_MS) / 1000)];
      const reply = await connection.eval(APPEND, keys.length, ...keys, ...values, JSON.stringify(writes));
      const [word, now = ""] = reply as [string, string?];
      if (word === "done" || word === "moved") return word;
      head = now;
    }
    throw new Error(`the audit trail was busy for ${TRIES} tries`);
  }

  async function daysKept(): Promise<string[]> {
    const oldest = new Date(clock.now() - (days + 1) * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "");
    await connection.zremrangebyscore(DAYS_KEY, "-inf", `(${oldest}`);
    return connection.zrange(DAYS_KEY, 0, -1);
  }

  return {
    append: (entry, writes = [], version = "") => line(() => add(entry, writes, version)),

    async page({ limit, cursor, matches }) {
      const place = cursor === undefined ? undefined : placeOf(cursor);
      const kept = (await daysKept()).filter((day) => place === undefined || day <= place.day).reverse();
      const items: Kept[] = [];
      let looked = 0;
      for (const day of kept) {
        let end = place?.day === day ? place.at : await connection.llen(dayKey(day));
        while (end > 0) {
          const start = Math.max(0, end - CHUNK);
          const texts = await connection.lrange(dayKey(day), start, end - 1);
          for (let at = texts.length - 1; at >= 0; at--) {
            const entry = keptOf(texts[at]!, day, start + at);
            looked++;
            if (matches(entry)) items.push(entry);
            if (items.length === limit || looked >= LOOKED_AT) return { items, next: entry.id };
          }
          end = start;
        }
      }
      return { items };
    },

    async verify() {
      let entries = 0;
      let former: string | undefined;
      for (const day of await daysKept()) {
        for (let start = 0; ; start += CHUNK) {
          const texts = await connection.lrange(dayKey(day), start, start + CHUNK - 1);
          for (const [at, text] of texts.entries()) {
            const said = (JSON.parse(text) as { former: string }).former;
            if (former !== undefined && said !== former) return { entries, broken: idOf(day, start + at) };
            former = hashOf(text);
            entries++;
          }
          if (texts.length < CHUNK) break;
        }
      }
      const head = (await connection.get(HEAD_KEY)) ?? "";
      // The last entry's hash must be the head; an empty trail whose days have all expired still has one.
      return former === undefined || former === head ? { entries } : { entries, broken: "the end" };
    },
  };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function idOf(day: string, at: number): string {
  return `aud_${day}_${at}`;
}

function keptOf(text: string, day: string, at: number): Kept {
  const entry = JSON.parse(text) as Entry & { at: number; former?: string };
  delete entry.former;
  return { ...entry, id: idOf(day, at), hash: hashOf(text) };
}

function placeOf(cursor: string): { readonly day: string; readonly at: number } {
  const [, day, at] = /^aud_(\d{8})_(\d{1,9})$/.exec(cursor) ?? [];
  if (day === undefined) throw new SignalboxError("ADMIN_CURSOR_STALE", "The cursor is none of this list.");
  return { day, at: Number(at) };
}

/** Refused requests that are held: encrypted, for some hours, within bounds, since anybody can make them. Fills the port `Quarantine`. */
import type { EventId } from "../core/event.ts";
import type { Held, Log, Quarantine } from "../ports.ts";
import type { StoreConnection } from "./store/redis.ts";
import type { Sealer } from "./secret-key.ts";

const INDEX = "{sb}:held";
const MOST = 500;
const MOST_BYTES = 64 * 1_048_576;
/** Requests that wait to be sealed and stored. */
const MOST_WAITING = 50;

const bodyKey = (id: string): string => `{sb}:held:${id}`;

/** What is listed of a held request: nothing of what was sent. */
export interface ListedHeld extends Omit<Held, "request"> {
  readonly bytes: number;
  readonly address: string;
  /** Epoch ms. */
  readonly until: number;
  /** What it became, and when (epoch ms): it was let in and is held no more. */
  readonly admitted?: { readonly events: readonly EventId[]; readonly at: number };
}

/** KEYS index body · ARGV id listed sealed now until most mostBytes → 1, or 0 when it is full. What has run out goes first. */
const HOLD = `
local now = tonumber(ARGV[4])
local bytes, count = 0, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local listed = cjson.decode(all[i + 1])
  if listed['until'] <= now then redis.call('HDEL', KEYS[1], all[i])
  elseif not listed['admitted'] then bytes = bytes + listed['bytes']; count = count + 1 end
end
if count >= tonumber(ARGV[6]) or bytes + #ARGV[3] > tonumber(ARGV[7]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[3], 'PXAT', ARGV[5])
return 1`;

/** Lets one that was admitted go: what it became stays to be read as long as it would have been held. KEYS index body · ARGV id events now */
const RELEASE = `
local text = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
if not text then return 0 end
local admitted = '"admitted":{"events":' .. ARGV[2] .. ',"at":' .. ARGV[3] .. '}}'
if not string.find(text, '"admitted":{', 1, true) then redis.call('HSET', KEYS[1], ARGV[1], string.sub(text, 1, -2) .. ',' .. admitted) end
return 1`;

/** The quarantine over a store. */
export interface HeldRequests extends Quarantine {
  /** Those that are held, newest first. */
  list(now: number): Promise<readonly ListedHeld[]>;
  /** Those of the ids that are held or were let in. */
  of(ids: readonly string[]): Promise<ReadonlyMap<string, ListedHeld>>;
  /** Undefined where it is not held, or no longer. */
  read(id: string): Promise<Held | undefined>;
  /** After it was let in. */
  release(id: string, events: readonly EventId[], now: number): Promise<void>;
}

export function createQuarantine(store: StoreConnection, sealer: Sealer, log: Log): HeldRequests {
  let waiting = 0;
  const keep = async (held: Held, hours: number): Promise<void> => {
    const { request, ...rest } = held;
    const until = held.at + hours * 3_600_000;
    const text = JSON.stringify({ ...request, arrivedAt: undefined, body: request.body.toString("base64") });
    const sealed = await sealer.seal(text, `held ${held.id}`);
    const listed = { ...rest, bytes: sealed.length, address: request.address, until: Math.round(until) };
    const bounds = [held.at, listed.until, MOST, MOST_BYTES];
    const kept = await store.eval(
      HOLD,
      2,
      INDEX,
      bodyKey(held.id),
      held.id,
      JSON.stringify(listed),
      sealed,
      ...bounds,
    );
    if (kept !== 1) log.warn({ request: held.id, source: held.source }, "quarantine.full");
  };
  return {
    hold(held, hours) {
      if (waiting >= MOST_WAITING) return;
      waiting += 1;
      keep(held, hours)
        .catch((error: unknown) => log.warn({ request: held.id, error: String(error) }, "quarantine.failed"))
        .finally(() => (waiting -= 1));
    },
    async list(now) {
      const all = Object.values(await store.hgetall(INDEX)).map((text) => JSON.parse(text) as ListedHeld);
      return all
        .filter(({ until, admitted }) => until > now && admitted === undefined)
        .sort((a, b) => b.at - a.at);
    },
    async of(ids) {
      if (ids.length === 0) return new Map();
      const texts = await store.hmget(INDEX, ...ids);
      const found = texts.filter((text) => text !== null).map((text) => JSON.parse(text) as ListedHeld);
      return new Map(found.map((one) => [one.id, one]));
    },
    async read(id) {
      const [listed, sealed] = await Promise.all([store.hget(INDEX, id), store.get(bodyKey(id))]);
      if (listed === null || sealed === null) return undefined;
      const request = JSON.parse(await sealer.unseal(sealed, `held ${id}`)) as Held["request"] & {
        body: string;
      };
      const { source, cause, at } = JSON.parse(listed) as ListedHeld;
      return { id, source, cause, at, request: { ...request, body: Buffer.from(request.body, "base64") } };
    },
    async release(id, events, now) {
      await store.eval(RELEASE, 2, INDEX, bodyKey(id), id, JSON.stringify(events), now);
    },
  };
}

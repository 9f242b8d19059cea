/** Since when a target has its verdict: remembered by the first process that sees it change, which tells the others. */
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";

/** Hash of targets: name → `<verdict>|<epoch ms since when>`. */
const VERDICTS_KEY = "{sb}:verdicts";

/** KEYS verdicts · ARGV target verdict since news → since when it has it. */
const CHANGE = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and string.sub(known, 1, #ARGV[2] + 1) == ARGV[2] .. '|' then return string.sub(known, #ARGV[2] + 2) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '|' .. ARGV[3])
if known then redis.call('PUBLISH', '${keys.tail}', ARGV[4]) end
return ARGV[3]`;

/** A target's verdict now. */
export interface Judged {
  readonly target: string;
  readonly verdict: string;
  readonly reason: string;
  /** Epoch ms from which it counts where it is new. */
  readonly from: number;
}

/** Since when each has its verdict (epoch ms); a change is written down, and told on the channel. */
export async function sinceWhen(
  commands: StoreConnection,
  judged: readonly Judged[],
): Promise<ReadonlyMap<string, number>> {
  const known = await commands.hgetall(VERDICTS_KEY);
  const since = new Map<string, number>();
  for (const { target, verdict, reason, from } of judged) {
    if (known[target]?.startsWith(`${verdict}|`) === true) {
      since.set(target, Number(known[target].slice(verdict.length + 1)));
      continue;
    }
    const news = {
      kind: "target",
      target,
      change: "verdict",
      verdict,
      reason,
      at: new Date(from).toISOString(),
    };
    const at = await commands.eval(CHANGE, 1, VERDICTS_KEY, target, verdict, from, JSON.stringify(news));
    since.set(target, Number(at));
  }
  return since;
}

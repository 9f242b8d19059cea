/** Open deliveries of paused targets, by the hour in which their event was received and by route. */
import type { DeliveryId } from "../../core/delivery.ts";
import { routeTag } from "../../core/ids.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";

/** Held deliveries of one route and hour; `hour` in epoch hours. */
export interface Held {
  readonly route: string;
  readonly hour: number;
  readonly count: number;
}

const HOUR_MS = 3_600_000;
const CHUNK = 10_000;
/** More than so many are not told apart: then the rest counts as the first route's. */
const MAX_READ = 200_000;

/** Counts what paused targets hold. `routes`: those that lead to each of them. */
export async function countHeld(
  commands: StoreConnection,
  targets: readonly { readonly target: string; readonly routes: readonly string[] }[],
  hours: { readonly from: number; readonly to: number },
): Promise<Held[]> {
  const held: Held[] = [];
  for (const { target, routes } of targets) {
    const [only, ...others] = routes;
    if (only === undefined) continue;
    const found =
      others.length === 0
        ? await byScore(commands, target, only, hours)
        : await byId(commands, target, routes, hours);
    held.push(...found);
  }
  return held;
}

async function byScore(
  commands: StoreConnection,
  target: string,
  route: string,
  { from, to }: { from: number; to: number },
): Promise<Held[]> {
  const pipeline = commands.pipeline();
  for (let hour = from; hour <= to; hour++)
    pipeline.zcount(keys.openOf(target), hour * HOUR_MS, `(${(hour + 1) * HOUR_MS}`);
  const replies = (await pipeline.exec()) ?? [];
  return replies
    .map(([, count], at) => ({ route, hour: from + at, count: Number(count) }))
    .filter(({ count }) => count > 0);
}

async function byId(
  commands: StoreConnection,
  target: string,
  routes: readonly string[],
  { from, to }: { from: number; to: number },
): Promise<Held[]> {
  const byTag = new Map(routes.map((route) => [routeTag(route), route]));
  const counts = new Map<string, Held>();
  for (let at = 0; at < MAX_READ; at += CHUNK) {
    const range = [
      from * HOUR_MS,
      `(${(to + 1) * HOUR_MS}`,
      "BYSCORE",
      "LIMIT",
      at,
      CHUNK,
      "WITHSCORES",
    ] as const;
    const members = await commands.zrange(keys.openOf(target), ...range);
    for (let index = 0; index < members.length; index += 2) {
      const route = byTag.get((members[index] as DeliveryId).slice(30)) ?? routes[0]!;
      const hour = Math.floor(Number(members[index + 1]) / HOUR_MS);
      const key = `${hour}|${route}`;
      counts.set(key, { route, hour, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    if (members.length < CHUNK * 2) break;
  }
  return [...counts.values()];
}

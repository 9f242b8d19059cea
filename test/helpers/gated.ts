/** A scene whose route is gated, and people before it. */
import { setTimeout as pause } from "node:timers/promises";
import type { HoldDetail, ListedHold } from "../../src/admin/shapes/holds.ts";
import { post } from "./github.ts";
import { invite, setUp, type Answer, type Client } from "./people.ts";
import { aRedis, type TestRedis } from "./redis.ts";
import { aScene, type Scene } from "./scene.ts";
import { until } from "./until.ts";

export interface Gated {
  readonly redis: TestRedis;
  readonly scene: Scene;
  readonly root: Client;
  readonly ann: Client;
  readonly ben: Client;
  /** Posts an order; the hold that it comes to. */
  held(order: object): Promise<HoldDetail>;
  hold(id: string, as?: Client): Promise<HoldDetail>;
  waiting(route?: string): Promise<readonly ListedHold[]>;
  say(who: Client, what: string, hold: string, body?: object): Promise<Answer>;
  /** Where a delivery stands. */
  state(delivery: string): Promise<string>;
  close(): Promise<void>;
}

export const RULE = '{ "order": order, "amount": amount, "by": sender }\n';

/** The YAML of a gated route. */
export function gatedRoute(gate: string): string {
  return `source: github\ntransform: order\ntarget: api\ngate: ${gate}\n`;
}

/** Starts it: operators `ann` and `ben`, and the admin `root`. */
export async function aGatedScene(
  gate: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Gated> {
  const redis = await aRedis({ appendonly: "yes" });
  const scene = await aScene({
    redisUrl: redis.url,
    files: {
      "routes/everything.yaml": gatedRoute(gate),
      "transforms/order.jsonata": RULE,
      "transforms/order.yaml": "output: order\n",
      "schemas/order.json":
        '{ "type": "object", "required": ["order"], "properties": { "order": { "type": "number" } } }\n',
      ...files,
    },
  });
  const { admin, setup } = scene.router;
  const root = await setUp(admin, setup);
  const [ann, ben] = [
    await invite(admin, root, "ann", "operator"),
    await invite(admin, root, "ben", "operator"),
  ];
  const hold = async (id: string, as = root): Promise<HoldDetail> => {
    const { status, json } = await as.call("GET", `/api/v1/holds/${id}`);
    if (status !== 200) throw new Error(`hold ${id}: ${status} ${json.code}`);
    return json as unknown as HoldDetail;
  };
  const waiting = async (route?: string): Promise<readonly ListedHold[]> => {
    const more = route === undefined ? "" : `&route=${route}`;
    const { json } = await root.call("GET", `/api/v1/holds?state=waiting&limit=1000${more}`);
    return json.items as unknown as readonly ListedHold[];
  };
  return {
    ...{ redis, scene, root, ann, ben, hold, waiting },
    async held(order) {
      const { json } = await post(scene.router.hooks, { body: JSON.stringify(order) });
      const delivery = json.deliveries![0]!;
      const found = await until("it is held", async () => {
        const page = await root.call("GET", `/api/v1/holds?state=waiting&delivery=${delivery}`);
        return page.json.items?.[0]?.["id"];
      });
      return hold(String(found));
    },
    say: (who, what, id, body = {}) => who.call("POST", `/api/v1/holds/${id}/${what}`, body),
    async state(delivery) {
      const { json } = await root.call("GET", `/api/v1/deliveries/${delivery}`);
      return String(json["state"]);
    },
    async close() {
      await scene.close();
      await redis.close();
    },
  };
}

/** Long enough for what must not happen to have happened. */
export const quiet = (ms = 500): Promise<void> => pause(ms);

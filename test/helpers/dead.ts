/** Dead letters by the hundred: what a target refuses for good. */
import { answers } from "./admin.ts";
import { post } from "./github.ts";
import type { Scene } from "./scene.ts";
import { status } from "./target.ts";

/** So many dead letters of one cause; resolves with their ids, once all of them are counted. */
export async function deadLetters(scene: Scene, count: number): Promise<string[]> {
  scene.target.answer = status(400);
  const ids: string[] = [];
  for (let at = 0; at < count; at += 50) {
    const sent = await Promise.all(
      Array.from({ length: Math.min(50, count - at) }, (_, nth) =>
        post(scene.router.hooks, { body: JSON.stringify({ dead: at + nth }) }),
      ),
    );
    ids.push(...sent.map(({ json }) => json.deliveries![0]!));
  }
  await answers<{ deadLetters: number }>(
    scene.router.admin,
    "/overview",
    ({ deadLetters: all }) => all === count,
  );
  scene.target.arrivals.length = 0;
  return ids;
}

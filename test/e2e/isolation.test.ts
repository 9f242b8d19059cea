/** Ten targets, four of which do their worst: the others do not notice. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const WELL = ["one", "two", "three", "four", "five", "six"];
const ILL = ["hung", "drip", "endless", "storm"];
const EVENTS = 60;

let scene: Scene;
const timers = new Set<NodeJS.Timeout>();

beforeAll(async () => {
  const files: Record<string, string> = { "routes/everything.yaml": "", "targets/api.yaml": "" };
  for (const name of [...WELL, ...ILL]) {
    files[`targets/${name}.yaml`] =
      `url: \${TARGET}/${name}\ntimeoutSeconds: 2\nretry: { attempts: 2, firstDelaySeconds: 0.5, maxDelaySeconds: 1 }\n`;
    files[`routes/${name}.yaml`] = `source: github\ntarget: ${name}\n`;
  }
  scene = await aScene({ files });
  const repeat = (ms: number, act: () => void): void => void timers.add(setInterval(act, ms));
  scene.target.answer = (arrival, response, nth) => {
    response.on("error", () => undefined);
    switch (arrival.path) {
      case "/hung":
        return;
      case "/drip":
        response.writeHead(200);
        return repeat(100, () => response.write("."));
      case "/endless":
        response.writeHead(200);
        return repeat(1, () => response.write("x".repeat(65_536)));
      case "/storm":
        return status(429, { "retry-after": "1" })(arrival, response, nth);
      default:
        return status(200)(arrival, response, nth);
    }
  };
}, 60_000);

afterAll(async () => {
  timers.forEach((timer) => clearInterval(timer));
  await scene.close();
});

it("a target that hangs, one that drips, one that never ends and a storm of 429 delay no other one", async () => {
  const sentAt = new Map<string, number>();
  for (let nth = 0; nth < EVENTS; nth++) {
    const { json, status: accepted } = await post(scene.router.hooks, { body: JSON.stringify({ nth }) });
    expect(accepted).toBe(202);
    const now = Date.now();
    for (const id of json.deliveries!) sentAt.set(id, now);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const well = () => scene.target.arrivals.filter(({ path }) => WELL.includes(path.slice(1)));
  await until("all of the well ones are there", () => well().length === EVENTS * WELL.length, {
    withinMs: 5_000,
  });
  const delays = well().map(({ at, headers }) => at - sentAt.get(headers["webhook-id"]!)!);
  delays.sort((a, b) => a - b);
  // Whatever waits for one of the others waits two seconds or more.
  expect(delays.at(-1)).toBeLessThan(1_500);
  expect(delays[Math.floor(delays.length * 0.9)]).toBeLessThan(400);
  for (const name of ILL)
    expect(
      scene.target.arrivals.some(({ path }) => path === `/${name}`),
      name,
    ).toBe(true);
}, 60_000);

/** The door on a real server: in which order those who had to wait come in, and how many of them in a turn of the loop. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { atTheDoor } from "../../../src/adapters/http/door.ts";
import { until } from "../../helpers/until.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A door that is shut until it is opened, and in which turn of the loop each came in. */
async function aDoor(delivers: boolean) {
  const came: { source: string; turn: number }[] = [];
  let turn = 0;
  let isOpen = false;
  let waiting = 0;
  const count = (): void => {
    turn += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const door = atTheDoor(
    {
      maxBodyBytes: () => 1_000,
      isLeaving: () => false,
      turnAway: () => ({ status: 503, body: {} }) as never,
      gate: { overloaded: true, delivers, came: () => (waiting += 1), take: () => isOpen },
    },
    (request, response) => {
      came.push({ source: request.url!.slice("/hooks/".length), turn });
      response.end();
    },
    () => "",
  );
  const server = createServer(door).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(
    () => clearImmediate(counting),
    () => new Promise((resolve) => server.close(resolve)),
  );
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/`;
  return {
    came,
    waiting: () => waiting,
    post: (source: string) => fetch(base + source, { method: "POST", body: "{}" }),
    open: (is: boolean) => (isOpen = is),
  };
}

/** Has three of one source and two of another wait, lets them in, and says how they came. Turns are as long as `open` makes them, however busy the machine is. */
async function letIn(delivers: boolean, open: (door: Awaited<ReturnType<typeof aDoor>>) => void) {
  vi.useFakeTimers({ toFake: ["performance"] });
  cleanups.push(() => vi.useRealTimers());
  const door = await aDoor(delivers);
  const posted = [];
  for (const source of ["loud", "loud", "loud", "quiet", "quiet"]) {
    posted.push(door.post(source));
    await until("it waits", () => door.waiting() === posted.length);
  }
  open(door);
  const statuses = (await Promise.all(posted)).map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 200, 200, 200]);
  return {
    turns: new Set(door.came.map(({ turn }) => turn)).size,
    order: door.came.map(({ source }) => source),
  };
}

it("beside deliveries those who waited come in one by one, and the sources by turns", async () => {
  const { turns, order } = await letIn(true, (door) => door.open(true));
  expect(turns).toBe(5);
  expect(order).toEqual(["loud", "quiet", "loud", "quiet", "loud"]);
});

it("after a turn that was long, more come in at once, or less would than gets done", async () => {
  const { turns } = await letIn(true, (door) => {
    door.open(true);
    vi.advanceTimersByTime(50);
  });
  expect(turns).toBe(1);
});

it("where nothing is delivered, all come in at once", async () => {
  const { turns, order } = await letIn(false, (door) => door.open(true));
  expect(turns).toBe(1);
  expect(order).toEqual(["loud", "loud", "loud", "quiet", "quiet"]);
});

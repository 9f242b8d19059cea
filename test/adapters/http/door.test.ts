/** The door on a real server: in which order those who had to wait come in, and how many of them in a turn of the loop. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { atTheDoor } from "../../../src/adapters/http/door.ts";

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

/** Has three of one source and two of another wait, lets them in, and says how they came. */
async function letIn(delivers: boolean, open: (door: Awaited<ReturnType<typeof aDoor>>) => void) {
  const door = await aDoor(delivers);
  // What is compiled on first use would make for long turns.
  door.open(true);
  for (let nth = 0; nth < 20; nth++) await door.post("loud");
  door.open(false);
  door.came.length = 0;
  const before = door.waiting();
  const posted = [];
  for (const source of ["loud", "loud", "loud", "quiet", "quiet"]) {
    posted.push(door.post(source));
    await expect.poll(door.waiting).toBe(before + posted.length);
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
  // A turn of the test's own may have been long.
  expect(turns).toBeGreaterThanOrEqual(2);
  if (turns === 5) expect(order).toEqual(["loud", "quiet", "loud", "quiet", "loud"]);
});

it("after a turn that was long, more come in at once, or less would than gets done", async () => {
  const { turns } = await letIn(true, (door) => {
    door.open(true);
    const end = performance.now() + 50;
    while (performance.now() < end);
  });
  expect(turns).toBe(1);
});

it("where nothing is delivered, all come in at once", async () => {
  const { turns, order } = await letIn(false, (door) => door.open(true));
  expect(turns).toBe(1);
  expect(order).toEqual(["loud", "loud", "loud", "quiet", "quiet"]);
});

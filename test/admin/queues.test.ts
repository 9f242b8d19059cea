/** Bull Board's door: nobody without log-in, no change without the scope, whatever the page offers. */
import { expect, test } from "vitest";
import { queuesMount } from "../../src/admin/queues.ts";
import { scopesOf, type Caller, type Role } from "../../src/core/role.ts";
import { aLog } from "../helpers/log.ts";

const as = (role: Role): Caller => ({ kind: "session", id: "1", name: role, role, scopes: scopesOf(role) });
const boards = { whole: () => undefined, looking: () => undefined };
const board = (readOnly: boolean) => Promise.resolve(readOnly ? boards.looking : boards.whole);

function open(
  caller: Caller | undefined,
  method: string,
  recorded: string[] = [],
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const answering = {
    identify: () => Promise.resolve(caller),
    record: ({ action }: { action: string }) => Promise.resolve(void recorded.push(action)),
  };
  const mount = queuesMount(board, answering, aLog());
  return mount.open({
    method,
    path: "/queues/api/x",
    query: new URLSearchParams("page=2"),
    headers,
    address: "",
  });
}

test("a program that nobody knows is told so, a browser that goes there is led to the log-in", async () => {
  const html = { accept: "text/html,application/xhtml+xml;q=0.9" };
  for (const [method, headers] of [
    ["GET", {}],
    ["GET", { accept: "application/json" }],
    ["POST", html],
    ["HEAD", html],
  ] as const) {
    const problem = await open(undefined, method, [], headers);
    expect(problem).toMatchObject({ status: 401, headers: { "content-type": "application/problem+json" } });
  }
  expect(await open(undefined, "GET", [], html)).toMatchObject({
    status: 303,
    headers: { location: "/login?to=%2Fqueues%2Fapi%2Fx%3Fpage%3D2", "cache-control": "no-store" },
  });
});

test("somebody who may not look is told so, in a browser too", async () => {
  const caller = { ...as("viewer"), scopes: [] };
  expect(await open(caller, "GET", [], { accept: "text/html" })).toMatchObject({ status: 403 });
});

test.each(["viewer", "author"] as const)("a %s looks, and changes nothing", async (role) => {
  expect(await open(as(role), "GET")).toBe(boards.looking);
  for (const method of ["PUT", "POST", "PATCH", "DELETE", "OPTIONS"])
    expect(await open(as(role), method)).toMatchObject({ status: 403 });
});

test.each(["operator", "admin"] as const)("an %s acts, and it is written down", async (role) => {
  const recorded: string[] = [];
  expect(await open(as(role), "GET", recorded)).toBe(boards.whole);
  expect(recorded).toEqual([]);
  expect(await open(as(role), "PUT", recorded)).toBe(boards.whole);
  expect(recorded).toEqual(["queues.changed"]);
});

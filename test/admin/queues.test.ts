/** Bull Board's door: nobody without log-in, no change without the scope, whatever the page offers. */
import { expect, test } from "vitest";
import { queuesMount } from "../../src/admin/queues.ts";
import { scopesOf, type Caller, type Role } from "../../src/core/role.ts";
import { aLog } from "../helpers/log.ts";

const as = (role: Role): Caller => ({ kind: "session", id: "1", name: role, role, scopes: scopesOf(role) });
const boards = { whole: () => undefined, looking: () => undefined };

function open(caller: Caller | undefined, method: string, recorded: string[] = []): Promise<unknown> {
  const answering = {
    identify: () => Promise.resolve(caller),
    record: ({ action }: { action: string }) => Promise.resolve(void recorded.push(action)),
  };
  const mount = queuesMount((readOnly) => (readOnly ? boards.looking : boards.whole), answering, aLog());
  return mount.open({
    method,
    path: "/queues/api/x",
    query: new URLSearchParams(),
    headers: {},
    address: "",
  });
}

test("nobody is asked to log in", async () => {
  expect(await open(undefined, "GET")).toMatchObject({ status: 401 });
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

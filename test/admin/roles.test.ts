/** Who may do what, by the table alone: every operation × every role × how one can call. New operations are covered by being there. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Endpoint } from "../../src/admin/endpoint.ts";
import { adminEndpoints } from "../../src/admin/endpoints.ts";
import { peopleEndpoints } from "../../src/admin/people/people.ts";
import { ROLES, SCOPES, scopesOf, scopesWithin, type Role, type Scope } from "../../src/core/role.ts";
import { invite, setUp, type Client } from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";

/** The table as it is served: its rows do nothing until they are called. */
const table: readonly Endpoint[] = adminEndpoints({} as never, peopleEndpoints({} as never), "0");

/** Somebody who calls, and what he should be let do. */
interface Sort {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly scopes: readonly Scope[];
  /** A person at the page, as himself. */
  readonly person: boolean;
}

function expected({ scope }: Endpoint, sort: Sort | undefined): 401 | 403 | "let in" {
  if (scope === "public") return "let in";
  if (sort === undefined) return 401;
  if (scope === "known") return "let in";
  if (scope === "session") return sort.person ? "let in" : 403;
  return sort.scopes.includes(scope) ? "let in" : 403;
}

describeWithRedis("roles", () => {
  let redis: TestRedis;
  let scene: Scene;
  let root: Client;
  const people = new Map<Role, Client>();
  const sorts: Sort[] = [];

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({ redisUrl: redis.url });
    const { admin, setup } = scene.router;
    root = await setUp(admin, setup);
    for (const role of ROLES) {
      const person = await invite(admin, root, `the ${role}`, role);
      people.set(role, person);
      const session = { cookie: person.cookie!, "x-csrf-token": person.csrf! };
      sorts.push({ name: `${role}, session`, headers: session, scopes: scopesOf(role), person: true });
      for (const scope of scopesOf(role)) {
        const { json } = await person.call("POST", "/api/v1/tokens", { name: scope, scopes: [scope] });
        const headers = { authorization: `Bearer ${String(json["token"])}` };
        sorts.push({ name: `${role}, token with ${scope}`, headers, scopes: [scope], person: false });
      }
      if (role === "admin") continue;
      for (const scope of scopesOf(role)) {
        const path = `/api/v1/users/${person.id}/impersonation_tokens`;
        const { json } = await root.call("POST", path, { name: "x", scopes: [scope], reason: "the matrix" });
        const headers = { authorization: `Bearer ${String(json["token"])}` };
        sorts.push({ name: `impersonated ${role} with ${scope}`, headers, scopes: [scope], person: false });
      }
    }
    const local = { authorization: `Bearer ${scene.router.token}` };
    sorts.push({ name: "local", headers: local, scopes: scopesOf("admin"), person: false });
  }, 60_000);
  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  /** Asks with a parameter that no operation has: whoever is let in is told so (400), and nothing is done. */
  async function knock(
    { method, path }: Endpoint,
    headers: Readonly<Record<string, string>>,
  ): Promise<401 | 403 | "let in"> {
    const where = path.replaceAll(/:\w+/g, "usr_00000000000000000000000000");
    const response = await fetch(`${scene.router.admin}${where}?knock=1`, {
      method,
      headers,
      redirect: "manual",
    });
    const { code } = (await response.json()) as { code?: string };
    if (response.status === 400 && code === "ADMIN_INPUT_INVALID") return "let in";
    if (response.status === 401 || response.status === 403) return response.status;
    throw new Error(`${method} ${path} answered ${response.status} ${code}`);
  }

  it("a role holds the scopes of each lower role, and each scope is somebody's", () => {
    for (const [at, role] of ROLES.entries())
      for (const lower of ROLES.slice(0, at))
        expect(scopesOf(role)).toEqual(expect.arrayContaining([...scopesOf(lower)]));
    expect(scopesOf("admin")).toEqual(SCOPES);
    expect(scopesWithin(SCOPES, "viewer", "admin")).toEqual(["read"]);
  });

  it("every operation that changes something asks for more than read, or is one's own", () => {
    const open = table.filter(({ method, scope }) => method !== "GET" && scope === "read");
    expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    const secret = table.filter(({ path }) => /users|impersonation/.test(path));
    expect(new Set(secret.map(({ scope }) => scope))).toEqual(new Set(["admin"]));
  });

  it("each operation lets in exactly whom the table says", async () => {
    expect(sorts).toHaveLength(4 + 10 + 6 + 1);
    const wrong: string[] = [];
    for (const endpoint of table) {
      for (const sort of [undefined, ...sorts]) {
        const wanted = expected(endpoint, sort);
        const got = await knock(endpoint, sort?.headers ?? {});
        if (got !== wanted)
          wrong.push(
            `${endpoint.method} ${endpoint.path} for ${sort?.name ?? "nobody"}: ${got}, expected ${wanted}`,
          );
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it("a change under a session without its csrf token is refused everywhere", async () => {
    const { cookie } = people.get("admin")!;
    for (const endpoint of table.filter(({ method, scope }) => method !== "GET" && scope !== "public"))
      expect(await knock(endpoint, { cookie: cookie! }), endpoint.path).toBe(403);
  });
});

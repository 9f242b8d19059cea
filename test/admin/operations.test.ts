/** Every operation of the API, as its own OpenAPI document tells it, against a started router: never a 5xx, never an undeclared answer. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findRunning } from "../../src/cli/running.ts";
import { post } from "../helpers/github.ts";
import {
  ODD_TEXTS,
  ODD_VALUES,
  checker,
  operationsOf,
  resolved,
  sampleOf,
  type Document,
  type Operation,
  type Schema,
} from "../helpers/openapi.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

const SCHEMA = JSON.stringify({
  type: "object",
  required: ["number"],
  properties: { number: { type: "integer", title: "The number" } },
});

describeWithRedis("every operation of the API", () => {
  let redis: TestRedis;
  let scene: Scene;
  let document: Document;
  let operations: readonly Operation[];
  let check: (schema: Schema, value: unknown) => string[];
  let headers: Record<string, string> = {};
  /** Values that exist, by the name of the path parameter or of the list they are from. */
  const known: Record<string, string[]> = {};
  const pages = new Map<string, number>();

  beforeAll(async () => {
    redis = await aRedis();
    scene = await aScene({
      redisUrl: redis.url,
      files: {
        "sources/github.yaml": "provider: github\nsecrets: ['${SECRET}']\nschemas: { issues: numbered }\n",
        "schemas/numbered.json": SCHEMA,
        "transforms/strict.jsonata": '{ "said": ref }\n',
        "transforms/strict.yaml": "input: numbered\n",
        "routes/everything.yaml": "source: github\non: [push]\nwhen: ref != 'skip'\ntarget: api\n",
        "routes/gated.yaml": "source: github\non: [gollum]\ntarget: api\ngate: {}\n",
        "transforms/second.jsonata": '{ "said": ref }',
        "routes/strict.yaml":
          "source: github\non: [release]\ntransform: strict\nshadow: second\ncanary: { transform: second, percent: 1 }\ntarget: api\n",
      },
    });
    scene.target.answer = (arrival, response, nth) =>
      status((arrival.json as { ref?: string }).ref === "bad" ? 422 : 200)(arrival, response, nth);
    const { hooks, admin } = scene.router;
    const token = ((await findRunning(scene.dataDir)) as { token?: string } | undefined)?.token;
    if (token !== undefined) headers = { authorization: `Bearer ${token}` };
    for (const ref of ["good", "bad", "skip"]) await post(hooks, { body: JSON.stringify({ ref }) });
    await post(hooks, { type: "release", body: '{"ref":"x"}' });
    await post(hooks, { type: "issues", body: '{"number":"one"}' });
    await post(hooks, { body: '{"ref":"forged"}', secret: "wrong" });
    await post(hooks, { body: "{}", type: "ping" });
    await until("all deliveries are at their end", async () => {
      const { items } = await read<{ items: { state: string }[] }>("/api/v1/deliveries");
      return items.length === 4 && items.every(({ state }) => /^(delivered|filtered|dead)$/.test(state));
    });
    await until("the refused are noted", async () => {
      const { items } = await read<{ items: unknown[] }>("/api/v1/requests?verdict=refused");
      return items.length === 2;
    });
    for (let page = 1; page <= 3; page++)
      await post(hooks, { type: "gollum", body: JSON.stringify({ ref: `page ${page}` }) });
    const holds = await until("some are held", async () => {
      const { items } = await read<{ items: { id: string }[] }>("/api/v1/holds?state=waiting");
      return items.length === 3 && items;
    });
    document = (await (await fetch(`${admin}/api/openapi.json`)).json()) as Document;
    operations = operationsOf(document);
    check = checker(document);
    const events = await read<{ items: { id: string }[] }>("/api/v1/events");
    const deliveries = await read<{ items: { id: string }[] }>("/api/v1/deliveries");
    const requests = await read<{ items: { id: string }[] }>("/api/v1/requests?verdict=refused");
    const causes = await read<{ items: { id: string }[] }>("/api/v1/dead-letters");
    const ids = [events, deliveries, requests, causes].flatMap(({ items }) => items.map(({ id }) => id));
    known["id"] = ids;
    ids.push(...holds.map(({ id }) => id));
    known["cause"] = causes.items.map(({ id }) => id);
    known["name"] = ["github", "everything", "strict", "api", "numbered"];
  });

  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  async function read<T>(path: string): Promise<T> {
    const response = await fetch(`${scene.router.admin}${path}`, { headers });
    expect(response.status, path).toBe(200);
    return (await response.json()) as T;
  }

  /** Calls, and judges the answer: what is said of it, empty where it is as declared. */
  async function judge(operation: Operation, url: string, init: RequestInit = {}): Promise<string[]> {
    const method = operation.method.toUpperCase();
    const label = `${method} ${url.slice(0, 200)} ${String(init.body ?? "").slice(0, 200)}`;
    const stopping = new AbortController();
    const response = await fetch(`${scene.router.admin}${url}`, {
      method,
      redirect: "manual",
      ...init,
      headers: { ...headers, ...init.headers },
      signal: stopping.signal,
    });
    const type = response.headers.get("content-type") ?? "";
    if (type.startsWith("text/event-stream")) {
      stopping.abort();
      return response.status === 200 ? [] : [`${label}: a stream with ${response.status}`];
    }
    const text = await response.text();
    const wrong = (said: string): string => `${label} → ${response.status}: ${said} ${text.slice(0, 300)}`;
    if (response.status >= 500) return [wrong("a failure of ours")];
    if (response.headers.get("cache-control") !== "no-store") return [wrong("may be kept by caches")];
    if (response.status >= 400) return judgeProblem(type, text, wrong);
    if (response.status >= 300) return [];
    const declared = operation.responses[String(response.status)];
    if (declared === undefined) return [wrong("a status that is not declared")];
    const schema = declared.content?.["application/json"]?.schema;
    if (schema === undefined) return text === "" || declared.content !== undefined ? [] : [wrong("a body")];
    return check(schema, JSON.parse(text)).map(wrong);
  }

  async function judgeProblem(
    type: string,
    text: string,
    wrong: (said: string) => string,
  ): Promise<string[]> {
    if (type !== "application/problem+json") return [wrong(`content type ${type}`)];
    const problem = JSON.parse(text) as { type: string; schema?: string };
    const schema = document.components.schemas["problem"]!;
    const links = [problem.type, ...(problem.schema === undefined ? [] : [problem.schema])];
    const dead: string[] = [];
    for (const link of links) if ((await pageStatus(link)) !== 200) dead.push(wrong(`${link} leads nowhere`));
    return [...check(schema, problem).map(wrong), ...dead];
  }

  /** A page, and where a part of it is meant, that its anchor is there. */
  async function pageStatus(link: string): Promise<number> {
    const found = pages.get(link);
    if (found !== undefined) return found;
    const url = new URL(link);
    const response = await fetch(url);
    const html = await response.text();
    const anchor = decodeURIComponent(url.hash.slice(1)).replace(
      /[&<>"]/g,
      (sign) => `&#${sign.charCodeAt(0)};`,
    );
    const there = url.hash === "" || html.includes(` id="${anchor}"`);
    const judged = response.status === 200 && !there ? 404 : response.status;
    pages.set(link, judged);
    return judged;
  }

  function fill(path: string, value: (name: string) => string): string {
    return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(value(name)));
  }

  const someValue = (name: string): string => known[name]?.[0] ?? known["id"]![0]!;

  function validQuery({ parameters }: Operation): string {
    const needed = parameters.filter((one) => one.in === "query" && one.required);
    const pairs = needed.map(({ name, schema }): [string, string] => [
      name,
      String(sampleOf(schema, document, name)),
    ]);
    return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
  }

  function validBody({ body }: Operation): Readonly<Record<string, unknown>> | undefined {
    return body && (sampleOf(body, document) as Readonly<Record<string, unknown>>);
  }

  const json = (value: unknown): RequestInit => ({
    body: typeof value === "string" ? value : JSON.stringify(value),
    headers: { "content-type": "application/json" },
  });

  /** Those that would end the test's own way in, or this router. */
  const inner = (): Operation[] => operations.filter(({ id }) => !/^deleteSession$/.test(id));

  async function all(calls: (operation: Operation) => AsyncGenerator<string[]>): Promise<string[]> {
    const found: string[] = [];
    for (const operation of inner()) for await (const said of calls(operation)) found.push(...said);
    return found.slice(0, 20);
  }

  it("is told by a document that is valid OpenAPI 3.1, and has all that the issue names", async () => {
    const { valid, errors } = await new Validator().validate(
      structuredClone(document) as unknown as Record<string, unknown>,
    );
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    const paths = Object.keys(document.paths);
    for (const list of ["requests", "events", "deliveries", "attempts", "sources", "routes", "rules"])
      expect(paths).toContain(`/api/v1/${list}`);
    for (const one of ["dead-letters", "targets", "balance", "search", "settings", "schemas", "changes"])
      expect(paths).toContain(`/api/v1/${one}`);
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it("says of each operation what the caller needs, and names no scope that there is not", () => {
    const odd = operations.filter(
      ({ scope }) => !/^(public|known|session|read|author|operate|admin)$/.test(scope),
    );
    expect(odd).toEqual([]);
  });

  it("answers every list and state with 200", async () => {
    for (const operation of operations.filter(
      ({ method, path }) => method === "get" && !path.includes("{"),
    )) {
      if (operation.scope === "session" || /\/(session|oidc\/.*)$/.test(operation.path)) continue;
      const stopping = new AbortController();
      const { signal } = stopping;
      const url = `${scene.router.admin}${operation.path}${validQuery(operation)}`;
      expect((await fetch(url, { headers, signal })).status, operation.path).toBe(200);
      stopping.abort();
    }
  });

  it("finds something by each list: the lists were not empty", async () => {
    const { items } = await read<{ items: { schema?: string }[] }>("/api/v1/requests?verdict=refused");
    expect(items).toHaveLength(2);
    const dead = await read<{ items: { action: string }[] }>("/api/v1/dead-letters");
    expect(dead.items.length).toBe(2);
    for (const { action } of dead.items) expect(action).toMatch(/`|\./);
  });

  it("pages through every list by its cursor without losing or repeating anything", async () => {
    const lists = ["events", "deliveries", "attempts", "requests"];
    for (const name of lists) {
      const whole = await read<{ items: unknown[] }>(`/api/v1/${name}?limit=1000`);
      const paged: unknown[] = [];
      let cursor: string | undefined;
      do {
        const more = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const page = await read<{ items: unknown[]; next?: string }>(`/api/v1/${name}?limit=2${more}`);
        paged.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined && paged.length < 100);
      expect(paged, name).toEqual(whole.items);
      expect(whole.items.length, name).toBeGreaterThan(2);
    }
  });

  it("answers a valid call as declared, of every known id and name", async () => {
    const wrong = await all(async function* (operation) {
      const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
      const values = names.length === 0 ? [""] : [...(known[names[0]!] ?? []), ...known["id"]!];
      for (const value of values) {
        const url = fill(operation.path, (name) => (name === names[0] ? value : someValue(name)));
        const body = validBody(operation);
        yield await judge(operation, url + validQuery(operation), body === undefined ? {} : json(body));
      }
    });
    expect(wrong).toEqual([]);
  });

  it("answers ids that there are not, ids of others and odd texts in the path with a problem", async () => {
    const wrong = await all(async function* (operation) {
      if (!operation.path.includes("{")) return;
      for (const value of [...known["id"]!, "req_unknown", `evt_${"7".repeat(26)}`, ...ODD_TEXTS]) {
        if (value === "") continue;
        const url = fill(operation.path, () => value);
        const body = validBody(operation);
        if (operation.method !== "get" && known["id"]!.includes(value)) continue;
        yield await judge(operation, url + validQuery(operation), body === undefined ? {} : json(body));
      }
    });
    expect(wrong).toEqual([]);
  });

  it("answers every parameter with every odd text, or refuses it with a link to its part", async () => {
    const wrong = await all(async function* (operation) {
      const url = fill(operation.path, someValue);
      for (const { name, schema } of operation.parameters.filter((one) => one.in === "query")) {
        const texts = [...ODD_TEXTS, String(sampleOf(schema, document, name))];
        for (const text of texts) {
          const query = new URLSearchParams(validQuery(operation));
          query.set(name, text);
          yield await judge(operation, `${url}?${query.toString()}`);
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  it("refuses unknown, repeated and prototype parameters everywhere", async () => {
    const found: string[] = [];
    for (const operation of inner()) {
      if (operation.scope === "public" || operation.scope === "session") continue;
      const url = fill(operation.path, someValue);
      for (const odd of ["nonsense=1", "__proto__=1", "constructor=x&constructor=y", "limit=1&limit=2"]) {
        const label = `${operation.method} ${url}?${odd}`;
        const response = await fetch(`${scene.router.admin}${url}?${odd}`, {
          method: operation.method.toUpperCase(),
          headers,
        });
        const { code } = (await response.json()) as { code: string };
        if (response.status !== 400 || code !== "ADMIN_INPUT_INVALID") found.push(`${label}: ${code}`);
      }
    }
    expect(found).toEqual([]);
  });

  it("answers huge and tiny limits and garbage cursors of every list", async () => {
    const wrong = await all(async function* (operation) {
      const names = operation.parameters.map(({ name }) => name);
      const url = fill(operation.path, someValue);
      if (names.includes("limit"))
        for (const limit of ["1", "1000", "1001", "0", "1.5", "1e3", "999999999999999"])
          yield await judge(operation, `${url}${validQuery(operation) || "?"}&limit=${limit}`);
      if (names.includes("cursor"))
        for (const cursor of ["x", "e30", "bnVsbA", "eyJldmVudCI6MX0", "evt_00000000000000000000000000"])
          yield await judge(operation, `${url}${validQuery(operation) || "?"}&cursor=${cursor}`);
    });
    expect(wrong).toEqual([]);
  });

  it("refuses bodies that are not as declared, with a link to the part that is not satisfied", async () => {
    const wrong = await all(async function* (operation) {
      const { body } = operation;
      if (body === undefined) return;
      const url = fill(operation.path, someValue) + validQuery(operation);
      const { properties = {}, required = [] } = resolved(body, document) as {
        properties?: Record<string, Schema>;
        required?: string[];
      };
      const valid = validBody(operation)!;
      for (const name of required) {
        const rest = Object.entries(valid).filter(([key]) => key !== name);
        yield await judge(operation, url, json(Object.fromEntries(rest)));
      }
      for (const name of Object.keys(properties))
        for (const value of ODD_VALUES) yield await judge(operation, url, json({ ...valid, [name]: value }));
      const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
      for (const text of ["", "{", "null", "[]", '"text"', "1", '{"nonsense":1}', deep])
        yield await judge(operation, url, json(text));
      for (const name of Object.keys(properties))
        yield await judge(operation, url, json(`{${JSON.stringify(name)}:${deep}}`));
      yield await judge(operation, url, { body: "a=1", headers: { "content-type": "text/plain" } });
      yield await judge(operation, url, json(`"${"x".repeat(2_500_000)}"`));
    });
    expect(wrong).toEqual([]);
  });

  it("takes no method that is not declared, and says which it takes", async () => {
    for (const path of Object.keys(document.paths)) {
      const taken = Object.keys(document.paths[path]!);
      const other = ["put", "delete", "patch", "post"].find((method) => !taken.includes(method))!;
      const response = await fetch(`${scene.router.admin}${fill(path, someValue)}`, {
        method: other.toUpperCase(),
        headers,
      });
      expect(response.status, `${other} ${path}`).toBe(405);
      expect(response.headers.get("allow")?.toLowerCase().split(", ").sort()).toEqual(taken.sort());
    }
  });
});

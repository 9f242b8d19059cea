/** Secrets that were planted everywhere a router is given one are looked for everywhere it writes: in its log, its store's file, its folder, its API, its pages, its errors, on its command line. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { callAs, logIn, setUp, PASSWORD, type Client } from "../helpers/people.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { run } from "../helpers/router.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { status } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

/** Each is found by its number, in whatever it is wrapped. */
const PLANTED = {
  hmac: "planted-0001-hmac-of-a-source",
  former: "planted-0002-former-hmac",
  shared: "planted-0003-shared-token",
  basic: "planted-0004-basic-password",
  query: "planted-0005-token-in-the-query",
  bearer: "planted-0006-bearer-of-a-target",
  store: "planted-0007-password-of-the-store",
  key: Buffer.from("planted-0008-key-of-the-router!!").toString("hex"),
  inbound: "planted-0009-authorization-that-came-in",
  cookie: "planted-0010-cookie-that-came-in",
  wrong: "planted-0011-wrong-password",
  stray: "planted-0012-token-that-nobody-has",
} as const;

const EVERYWHERE = [
  "overview",
  "events?limit=50",
  "deliveries?limit=50",
  "attempts?limit=50",
  "requests?limit=50",
  "requests?verdict=refused",
  "sources",
  "sources/hmac",
  "sources/shared",
  "sources/basic",
  "sources/query",
  "routes",
  "rules",
  "schemas",
  "targets",
  "targets/api",
  "dead-letters",
  "balance",
  "settings",
  "metrics",
  "audit",
  "users",
  "holds",
  "replays",
  "lines",
  "quarantine",
];

describeWithRedis("planted secrets", () => {
  let redis: TestRedis;
  let scene: Scene;
  let admin: Client;
  /** What the router itself has handed out in the course of this. */
  const issued: string[] = [];
  const said: [where: string, text: string][] = [];

  beforeAll(async () => {
    redis = await aRedis({ appendonly: "yes", "aof-use-rdb-preamble": "no", rdbcompression: "no" });
    redis.cli("acl", "setuser", "router", "on", `>${PLANTED.store}`, "+@all", "~*", "&*");
    scene = await aScene({
      redisUrl: redis.url.replace("://", `://router:${PLANTED.store}@`),
      files: {
        "sources/github.yaml": "",
        "routes/everything.yaml": "",
        "sources/hmac.yaml": "provider: github\nsecrets: ['${HMAC}', '${FORMER}']\n",
        "sources/shared.yaml":
          "verify: { kind: shared-token, from: 'header:x-token' }\nsecrets: ['${SHARED}']\nonInvalid: quarantine\n",
        "sources/basic.yaml": "verify: { kind: basic }\nsecrets: ['ada:${BASIC}']\n",
        "sources/query.yaml": "verify: { kind: shared-token, from: 'query:token' }\nsecrets: ['${QUERY}']\n",
        ...Object.fromEntries(
          ["hmac", "shared", "basic", "query"].map((name) => [
            `routes/${name}.yaml`,
            `source: ${name}\ntarget: api\n`,
          ]),
        ),
        "targets/api.yaml":
          "url: ${TARGET}/api\nauth: { type: bearer, token: '${BEARER}' }\nretry: { attempts: 1 }\n",
      },
      environment: {
        HMAC: PLANTED.hmac,
        FORMER: PLANTED.former,
        SHARED: PLANTED.shared,
        BASIC: PLANTED.basic,
        QUERY: PLANTED.query,
        BEARER: PLANTED.bearer,
        SIGNALBOX_SECRET_KEY: PLANTED.key,
        SIGNALBOX_LOG_LEVEL: "debug",
      },
    });
    admin = await setUp(scene.router.admin, scene.router.setup);
  }, 60_000);

  afterAll(async () => {
    await scene?.close();
    await redis?.close();
  });

  const hook = async (
    source: string,
    headers: Record<string, string>,
    query = "",
    body = '{"n":1}',
  ): Promise<number> => {
    const response = await fetch(`${scene.router.hooks}/hooks/${source}${query}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    said.push([`the answer to a webhook of ${source}`, await response.text()]);
    return response.status;
  };
  const basic = (password: string): string => `Basic ${Buffer.from(`ada:${password}`).toString("base64")}`;

  it("do their work: webhooks are taken by them, refused without them, targets are shown theirs", async () => {
    // A target that sends back all that it was sent, and fails.
    scene.target.answer = ({ headers, body, path }, response) =>
      void response.writeHead(body.includes("fail") ? 400 : 200).end(JSON.stringify({ headers, body, path }));
    const body = '{"fail":true}';
    for (const secret of [PLANTED.hmac, PLANTED.former, PLANTED.stray]) {
      const { status: answered } = await post(
        scene.router.hooks,
        {
          body,
          secret,
          headers: { authorization: `Bearer ${PLANTED.inbound}`, cookie: `session=${PLANTED.cookie}` },
        },
        "hmac",
      );
      expect(answered).toBe(secret === PLANTED.stray ? 401 : 202);
    }
    expect([
      await hook("shared", { "x-token": PLANTED.shared }),
      await hook("shared", { "x-token": PLANTED.stray }),
      await hook("shared", { "x-token": `${PLANTED.shared}x` }),
      await hook("basic", { authorization: basic(PLANTED.basic) }),
      await hook("basic", { authorization: basic(PLANTED.wrong) }),
      await hook("query", {}, `?token=${PLANTED.query}&a=1`),
      await hook("query", {}, `?token=${PLANTED.stray}`),
      await hook("query", {}, `?token=${PLANTED.query}`, "{no json"),
    ]).toEqual([202, 401, 401, 202, 401, 202, 401, 400]);
    await until("all is delivered or dead", () => scene.target.arrivals.length >= 5);
    expect(JSON.stringify(scene.target.arrivals)).toContain(PLANTED.bearer);
    expect(JSON.stringify(scene.target.arrivals)).not.toContain(PLANTED.inbound);
    scene.target.answer = status(200);
  });

  it("are given at every door of the operator's side, right and wrong", async () => {
    const made = await admin.call("POST", "/api/v1/tokens", { name: "ci", scopes: ["read"] });
    issued.push(String(made.json["token"]));
    expect(issued[0]).toMatch(/^sb_/);
    const invited = await admin.call("POST", "/api/v1/users", { name: "bob", role: "viewer" });
    issued.push(new URL(String(invited.json["invite"])).hash.slice(1));
    issued.push(admin.cookie!.split("=")[1]!, admin.csrf!, scene.router.token, PASSWORD);
    issued.push(new URL(scene.router.setup!).hash.slice(1));
    const wrong = await logIn(scene.router.admin, "root", PLANTED.wrong);
    expect(wrong.answer.status).toBe(401);
    said.push(["a wrong log-in", JSON.stringify(wrong.answer.json)]);
    for (const headers of [
      { authorization: `Bearer ${PLANTED.stray}` },
      { authorization: `Basic ${PLANTED.stray}` },
      { cookie: `__Host-signalbox=${PLANTED.cookie}` },
      { "private-token": PLANTED.stray },
    ] as Record<string, string>[]) {
      const answer = await callAs(`${scene.router.admin}/api/v1/events`, headers);
      expect(answer.status).toBe(401);
      said.push(["a call without leave", answer.text]);
    }
    const inUrl = await callAs(`${scene.router.admin}/api/v1/events?token=${PLANTED.stray}`, {});
    expect(inUrl.status).toBeGreaterThanOrEqual(400);
    said.push(["a token in a URL", inUrl.text]);
  });

  it("stand in no answer of the API, no page, and nothing that the command line prints", async () => {
    for (const path of EVERYWHERE) {
      const answer = await admin.call("GET", `/api/v1/${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
      said.push([path, JSON.stringify(answer.json)]);
    }
    const listed = (await admin.call("GET", "/api/v1/events?limit=50")).json.items!;
    const requests = (await admin.call("GET", "/api/v1/requests?limit=50")).json.items!;
    for (const [kind, items] of [
      ["events", listed],
      ["requests", requests],
    ] as const)
      for (const { id } of items) {
        const answer = await admin.call("GET", `/api/v1/${kind}/${String(id)}`);
        expect(answer.status).toBe(200);
        said.push([`${kind} ${String(id)}`, JSON.stringify(answer.json)]);
      }
    for (const path of [
      "/metrics",
      "/readyz",
      "/healthz",
      "/api/openapi.json",
      "/",
      "/settings",
      "/docs/errors/ACCEPT_SIGNATURE_INVALID",
    ])
      said.push([path, await (await scene.router.ask(path)).text()]);
    const environment = {
      SIGNALBOX_DATA_DIR: scene.dataDir,
      REDIS_URL: redis.url.replace("://", `://router:${PLANTED.store}@`),
      ...{ HMAC: PLANTED.hmac, FORMER: PLANTED.former, SHARED: PLANTED.shared, BASIC: PLANTED.basic },
      ...{ QUERY: PLANTED.query, BEARER: PLANTED.bearer, TARGET: scene.target.url },
      SIGNALBOX_SECRET_KEY: PLANTED.key,
    };
    for (const args of [
      ["doctor"],
      ["check"],
      ["check", "--json"],
      ["events"],
      ["requests"],
      ["deliveries", "--json"],
      ["targets"],
      ["audit"],
    ]) {
      const { stdout, stderr } = await run([...args, "--dir", scene.dir], environment);
      said.push([`signalbox ${args.join(" ")}`, stdout + stderr]);
    }
  }, 60_000);

  it("stand neither in the log, nor in the store's file in plain, nor in the data folder but where they live", async () => {
    said.push(["the log", JSON.stringify(scene.router.log) + scene.router.stderr()]);
    const [, folder = ""] = redis.cli("config", "get", "dir").split("\n");
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const file = join(folder, path);
      if (statSync(file).isFile()) said.push([`the store's ${path}`, readFileSync(file, "latin1")]);
    }
    const written = said.filter(([where]) => where.includes(".aof")).map(([, text]) => text);
    expect(written.join("")).toContain("{sb}:");
    // Whoever can read these two is the account that the router runs under: SECURITY.md.
    const own = new Set(["secret.key", "router.json"]);
    for (const path of readdirSync(scene.dataDir, { recursive: true, encoding: "utf8" })) {
      const file = join(scene.dataDir, path);
      if (!statSync(file).isFile()) continue;
      if (own.has(basename(path))) expect([path, statSync(file).mode & 0o077]).toEqual([path, 0]);
      else said.push([`the data folder's ${path}`, readFileSync(file, "latin1")]);
    }
    const needles = [...Object.values(PLANTED), ...issued].flatMap((secret) => [
      secret,
      Buffer.from(secret).toString("base64").replace(/=+$/, ""),
      Buffer.from(secret).toString("hex"),
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
    ]);
    needles.push(basic(PLANTED.basic).slice(6), basic(PLANTED.wrong).slice(6), "planted-00");
    const found = said.flatMap(([where, text]) =>
      [...new Set(needles)]
        .filter((needle) => text.includes(needle))
        .map((needle) => `${needle} in ${where}`),
    );
    expect(found).toEqual([]);
  });
});

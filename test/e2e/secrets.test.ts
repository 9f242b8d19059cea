/** No secret of a target is seen anywhere: not in the store, a log, an answer of the API or a page, whatever the target sends back. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { post } from "../helpers/github.ts";
import { anIssuer, authOf, SECRET_OF_THE_APP, type Issuer } from "../helpers/issuer.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";

let redis: TestRedis;
let scene: Scene;
let issuer: Issuer;

afterEach(async () => {
  await scene.close();
  await redis.close();
  await issuer.close();
});

const pem = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ format: "pem", type: "pkcs8" })
  .toString();
const secrets: Record<string, string> = {
  BEARER: "bearer-s3cr3t-7c1",
  PASSWORD: "password-s3cr3t&<7c2>",
  HEADER: "header-s3cr3t-7c3",
  QUERY: "query s3cr3t 7c4",
  GITLAB: "gitlab-s3cr3t-7c5",
  HMAC: "hmac-s3cr3t-7c6",
  WEBHOOKS: `whsec_${Buffer.from("webhooks-s3cr3t-7c7-webhooks").toString("base64")}`,
  AWS: "aws-s3cr3t-7c8",
  SESSION: "session-s3cr3t-7c9",
  PEM: pem,
  PATH_KEY: "T0/B0/path-s3cr3t-7ca",
  PLAIN: "plain-header-s3cr3t-7cb",
};

const auths: Record<string, string> = {
  bearer: "{ type: bearer, token: '${BEARER}' }",
  basic: "{ type: basic, user: ada, password: '${PASSWORD}' }",
  header: "{ type: header, name: x-key, value: '${HEADER}' }",
  query: "{ type: query, name: key, value: '${QUERY}' }",
  gitlab: "{ type: gitlab, token: '${GITLAB}', sudo: ada }",
  signature: "{ type: signature, provider: github, secrets: ['${HMAC}'] }",
  webhooks: "{ type: standard-webhooks, secrets: ['${WEBHOOKS}'] }",
  aws: "{ type: aws-sigv4, accessKeyId: AKID, secretAccessKey: '${AWS}', sessionToken: '${SESSION}', region: a, service: b }",
  jwt: "{ type: jwt, algorithm: ES256, key: '${PEM}' }",
};

function filesFor(tokens: Issuer): Record<string, string> {
  const targets = Object.entries(auths).map(([name, auth]) => [
    name,
    `url: \${TARGET}/${name}\nauth: ${auth}\n`,
  ]);
  const all: Record<string, string> = {
    ...Object.fromEntries(targets),
    oauth: `url: \${TARGET}/oauth\n${authOf(tokens)}\n`,
    path: "url: ${TARGET}/${PATH_KEY}\nheaders: { x-plain: '${PLAIN}' }\n",
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, text]) => [
      [`targets/${name}.yaml`, `${text}retry: { attempts: 1 }\n`],
      [`routes/to-${name}.yaml`, `source: github\ntarget: ${name}\n`],
    ]),
  );
}

const PAGES = [
  "/api/v1/events?limit=50",
  "/api/v1/deliveries?limit=50",
  "/api/v1/targets",
  "/api/v1/attempts",
  "/api/v1/routes",
  "/api/v1/sources",
  "/api/v1/settings",
  "/api/v1/dead-letters",
  "/api/v1/overview",
  "/api/v1/requests",
];

describeWithRedis("the secrets of targets", () => {
  it("are nowhere, though every target sends back all that it was sent", async () => {
    redis = await aRedis({ rdbcompression: "no" });
    issuer = await anIssuer();
    scene = await aScene({
      redisUrl: redis.url,
      files: filesFor(issuer),
      environment: { ...secrets, APP_SECRET: SECRET_OF_THE_APP, SIGNALBOX_LOG_LEVEL: "debug" },
    });
    scene.target.answer = ({ path, headers, body }, response) => {
      const said = JSON.stringify({ path, headers, body, query: decodeURIComponent(path) });
      // Half of them as dead letters, whose causes and errors are kept too.
      response.writeHead(path.length % 2 === 0 ? 200 : 422).end(said);
    };
    const { json } = await post(scene.router.hooks, { body: '{"n":1}' });
    const names = [...Object.keys(auths), "oauth", "path"];
    expect(json.deliveries).toHaveLength(names.length + 1);
    await until("all were attempted", () => scene.target.arrivals.length >= names.length + 1);
    await until("all are settled", async () => {
      const listed = await scene.router.ask("/api/v1/deliveries?limit=50");
      const { items } = (await listed.json()) as { items: { state: string }[] };
      return items.length === names.length + 1 && items.every(({ state }) => /delivered|dead/.test(state));
    });
    // They were sent, or there is nothing to hide.
    const sent = JSON.stringify(scene.target.arrivals);
    for (const name of ["BEARER", "HEADER", "GITLAB", "SESSION", "PATH_KEY", "PLAIN"])
      expect(sent).toContain(secrets[name]!);
    expect(sent).toContain(issuer.issued[0]!);

    const seen: [where: string, text: string][] = [
      ["the log", JSON.stringify(scene.router.log) + scene.router.stderr()],
    ];
    const paths = [
      ...PAGES,
      `/api/v1/events/${json.id!}`,
      ...json.deliveries!.flatMap((id) => [`/api/v1/deliveries/${id}`, `/api/v1/deliveries/${id}/attempts`]),
      ...names.map((name) => `/api/v1/targets/${name}`),
    ];
    for (const path of paths) {
      const answer = await scene.router.ask(path);
      expect([path, answer.status]).toEqual([path, 200]);
      seen.push([path, await answer.text()]);
    }
    redis.cli("save");
    const [, folder = ""] = redis.cli("config", "get", "dir").split("\n");
    seen.push(["the store", readFileSync(`${folder}/dump.rdb`, "latin1")]);
    const answers = seen.filter(([, text]) => text.includes("[removed]")).map(([where]) => where);
    expect(answers).toContain("the store");

    const needles = [
      ...Object.values(secrets).flatMap((secret) => [
        secret,
        JSON.stringify(secret).slice(1, -1),
        encodeURIComponent(secret),
      ]),
      Buffer.from(`ada:${secrets["PASSWORD"]!}`).toString("base64"),
      SECRET_OF_THE_APP,
      Buffer.from(`app:${SECRET_OF_THE_APP}`).toString("base64"),
      ...issuer.issued,
      "s3cr3t",
    ];
    const found = seen.flatMap(([where, text]) =>
      needles.filter((needle) => text.includes(needle)).map((needle) => `${needle} in ${where}`),
    );
    expect(found).toEqual([]);
  }, 60_000);

  it("a token is got once by two routers, renewed once when it is refused, and nothing is lost", async () => {
    redis = await aRedis();
    issuer = await anIssuer({ delayMs: 100 });
    scene = await aScene({
      redisUrl: redis.url,
      files: { "targets/api.yaml": `url: \${TARGET}/api\n${authOf(issuer)}\n` },
      environment: { APP_SECRET: SECRET_OF_THE_APP },
    });
    await scene.start();
    let taken = 0;
    scene.target.answer = issuer.guard((_, response) => {
      taken++;
      response.writeHead(200).end();
    });
    const sendMany = (count: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, (_, nth) => post(scene.router.hooks, { body: `{"nth":${nth}}` })),
      );
    await sendMany(60);
    await until("all are there", () => taken === 60);
    expect(issuer.issued).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // a token younger than a second is not replaced
    issuer.revoke();
    await sendMany(60);
    await until("all are there", () => taken === 120);
    expect(issuer.issued).toHaveLength(2);
    const dead = await scene.router.ask("/api/v1/deliveries?state=dead");
    expect(((await dead.json()) as { items: unknown[] }).items).toEqual([]);
  }, 60_000);
});

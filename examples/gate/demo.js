/**
 * `npm run demo:gate`: a build in Jenkins waits in an `input` step, says so by a webhook, and goes on when somebody has approved
 * it who did not start it. Jenkins and the chat are servers of this file; the router is the real one, in a folder of its own.
 */
import { spawn } from "node:child_process";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const program = fileURLToPath(new URL("../../bin/signalbox.js", import.meta.url));
const PATIENCE_MS = 20_000;
const say = (text) => process.stdout.write(`${text}\n`);

const secret = `whsec_${randomBytes(24).toString("base64")}`;
const token = randomBytes(12).toString("hex");
const basic = `Basic ${Buffer.from(`router:${token}`).toString("base64")}`;

/** Jenkins, as far as this takes: a crumb with its session, and builds that wait. */
async function aJenkins() {
  const released = new Set();
  const crumb = randomBytes(16).toString("hex");
  const cookie = "JSESSIONID.demo=node0abc";
  const server = createServer((request, response) => {
    const answer = (status, body = "", headers = {}) => response.writeHead(status, headers).end(body);
    if (request.headers.authorization !== basic) return answer(401, "who are you?");
    if (request.url === "/crumbIssuer/api/json")
      return answer(200, JSON.stringify({ crumb, crumbRequestField: "Jenkins-Crumb" }), {
        "content-type": "application/json",
        "set-cookie": `${cookie}; Path=/; HttpOnly`,
      });
    const [, job, build, input] =
      /^\/job\/([^/]+)\/(\d+)\/input\/([^/]+)\/proceedEmpty$/.exec(request.url) ?? [];
    if (request.method !== "POST" || job === undefined) return answer(404);
    if (request.headers["jenkins-crumb"] !== crumb || request.headers.cookie !== cookie)
      return answer(403, "No valid crumb was included in the request");
    released.add(`${job} #${build}`);
    say(`jenkins   ← POST ${request.url}: build ${build} of ${job} goes on past "${input}"`);
    return answer(200);
  });
  return { url: await listening(server), released, close: () => server.close() };
}

/** A chat that prints what it is told. */
async function aChat() {
  const told = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      told.push(body);
      say(`chat      ← ${JSON.stringify(body)}`);
      response.writeHead(200).end();
    });
  });
  return { url: await listening(server), told, close: () => server.close() };
}

function listening(server) {
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)),
  );
}

/** The router, on free ports, with a store and people of its own. */
async function aRouter(environment) {
  const dataDir = await mkdtemp(join(tmpdir(), "signalbox-gate-"));
  const child = spawn(process.execPath, [program, "start", "--json", "--dir", here], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SIGNALBOX_DATA_DIR: dataDir,
      SIGNALBOX_PORT: "0",
      SIGNALBOX_ADMIN_PORT: "0",
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: "127.0.0.0/8",
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const ready = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const told = JSON.parse(line);
      if (told.ready === true) resolve(told);
    });
    child.once("exit", (code) => reject(new Error(`The router ended with ${code}.`)));
  });
  const note = JSON.parse(await readFile(join(dataDir, "router.json"), "utf8"));
  return {
    ...ready,
    token: note.token,
    async close() {
      child.kill();
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A call of the operator's API as somebody. */
async function call(router, as, method, path, body) {
  const response = await fetch(`${router.admin}/api/v1${path}`, {
    method,
    headers: {
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    cookie: response.headers.get("set-cookie"),
    json: text === "" ? {} : JSON.parse(text),
  };
}

/** Somebody with an account and a token of his own, made as at the page. */
async function aPerson(router, admin, name, role) {
  const invited = await call(router, admin, "POST", "/users", { name, role });
  const password = `${randomUUID()} ${name}`;
  const link = new URL(invited.json.invite).hash.slice(1);
  const taken = await call(router, undefined, "POST", "/invite", { token: link, password });
  const cookie = taken.cookie.split(";", 1)[0];
  const session = await (await fetch(`${router.admin}/api/v1/session`, { headers: { cookie } })).json();
  const made = await fetch(`${router.admin}/api/v1/tokens`, {
    method: "POST",
    headers: { cookie, "x-csrf-token": session.csrf, "content-type": "application/json" },
    body: JSON.stringify({ name: "demo", scopes: ["read", "operate"] }),
  });
  return (await made.json()).token;
}

/** The pipeline's webhook. */
async function tellWaiting(router, data) {
  const id = `msg_${randomUUID()}`;
  const at = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({ type: "deploy.waiting", data });
  const key = Buffer.from(secret.slice(6), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
  const response = await fetch(`${router.hooks}/hooks/ci`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": at,
      "webhook-signature": `v1,${signature}`,
    },
    body,
  });
  const accepted = await response.json();
  say(
    `pipeline  → ${data.job} #${data.build} waits for ${data.environment}, started by ${data.startedBy}: ${response.status}`,
  );
  return accepted.deliveries[0];
}

async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`Not within ${PATIENCE_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const jenkins = await aJenkins();
const chat = await aChat();
const router = await aRouter({
  CI_WEBHOOK_SECRET: secret,
  JENKINS_URL: jenkins.url,
  JENKINS_TOKEN: token,
  RELEASE_CHAT_URL: chat.url,
});
try {
  const mia = await aPerson(router, router.token, "mia", "operator");
  const ann = await aPerson(router, router.token, "ann", "operator");

  await tellWaiting(router, build(41, "staging"));
  await until("the build for staging goes on", () => jenkins.released.has("shop #41"));
  say("router    · staging needs nobody");

  const delivery = await tellWaiting(router, build(42, "production"));
  const hold = await until("it is held", async () => {
    const { json } = await call(router, ann, "GET", `/holds?state=waiting&delivery=${delivery}`);
    return json.items[0];
  });
  const { json: shown } = await call(router, ann, "GET", `/holds/${hold.id}`);
  say(`router    · ${hold.id} waits: ${JSON.stringify(hold.show)}`);
  say(`            would send ${shown.request.method} ${shown.request.url}`);
  await until("the chat hears of it", () => chat.told.some((one) => JSON.stringify(one).includes(hold.id)));

  const own = await call(router, mia, "POST", `/holds/${hold.id}/approve`, { hash: shown.hash });
  say(`mia       → approve: ${own.status} ${own.json.detail}`);
  const other = await call(router, ann, "POST", `/holds/${hold.id}/approve`, {
    hash: shown.hash,
    reason: "tests are green",
  });
  say(`ann       → approve: ${other.status} ${other.json.state}`);
  await until("the build for production goes on", () => jenkins.released.has("shop #42"));
  const late = await call(router, ann, "POST", `/holds/${hold.id}/reject`, {});
  say(`ann       → reject: ${late.status} ${late.json.detail}`);
  say("done      · both builds went on, production by ann's word alone");
} finally {
  await router.close();
  jenkins.close();
  chat.close();
}

function build(number, environment) {
  return { job: "shop", build: number, input: "Release", environment, version: "2.4.1", startedBy: "mia" };
}

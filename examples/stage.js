/**
 * What the demos stand on: the APIs around a workspace, played by servers on loopback, a router between them, and a line for all
 * that goes anywhere. With `--json` each line is a JSON text. Ends with 0 when the flow has come through, else with 1.
 */
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../bin/signalbox.js", import.meta.url));
const asJson = process.argv.includes("--json");
/** The whole flow, the start of the router and a first build included. */
const DEADLINE_MS = 120_000;

/** Plays a workspace: `apis` are what is called, by the variable of their address; `run` sends and waits. */
export async function play(demo, { apis, run }) {
  const dir = dirname(fileURLToPath(demo));
  const dataDir = await mkdtemp(join(tmpdir(), "signalbox-demo-"));
  const arrived = new Map(Object.keys(apis).map((name) => [name, 0]));
  const listening = await Promise.all(
    Object.entries(apis).map(([name, answer]) =>
      serve(name, answer, () => arrived.set(name, arrived.get(name) + 1)),
    ),
  );
  const addresses = Object.fromEntries(listening.map(({ name, address }) => [name, address]));
  const router = await start(dir, dataDir, addresses);
  let failed;
  try {
    await within(
      DEADLINE_MS,
      run({ ...sources(router.hooks), arrivals: (name, count) => until(() => arrived.get(name) >= count) }),
    );
    await within(DEADLINE_MS, settled(router.log));
  } catch (error) {
    failed = error;
  }
  await router.stop();
  for (const { server } of listening) {
    server.close();
    server.closeAllConnections();
  }
  await rm(dataDir, { recursive: true, force: true });
  if (failed === undefined)
    tell("done", `${basename(dir)}: all of it came through.`, { demo: basename(dir) });
  else tell("failed", String(failed.message ?? failed), {});
  process.exitCode = failed === undefined ? 0 : 1;
}

/** Senders, signed as the providers sign. */
function sources(hooks) {
  const post = async (source, what, body, headers) => {
    const text = JSON.stringify(body);
    const response = await fetch(`${hooks}/hooks/${source}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers(text) },
      body: text,
    });
    const answer = await response.json();
    tell(
      "sent",
      `${source} → signalbox  ${what} ${short(body)} → ${response.status} ${answer.id ?? answer.code}`,
      {
        ...{ source, what, body, status: response.status, event: answer.id },
      },
    );
    if (!response.ok) throw new Error(`${source} was refused: ${answer.detail}`);
    return answer;
  };
  return {
    github: (type, body) =>
      post("github", type, body, (text) => ({
        "x-github-event": type,
        "x-github-delivery": randomUUID(),
        "x-hub-signature-256": `sha256=${hmac("demo-github-secret", text, "hex")}`,
      })),
    zendesk: (detail) => {
      const at = new Date().toISOString();
      const type = "zen:event-type:ticket.created";
      return post("zendesk", "ticket.created", { type, id: randomUUID(), detail }, (text) => ({
        "x-zendesk-webhook-invocation-id": randomUUID(),
        "x-zendesk-webhook-signature-timestamp": at,
        "x-zendesk-webhook-signature": hmac("demo-zendesk-secret", at + text, "base64"),
      }));
    },
  };
}

const hmac = (secret, text, encoding) => createHmac("sha256", secret).update(text).digest(encoding);

/** One of the APIs: tells what it was sent and what it answers. */
async function serve(variable, answer, arrived) {
  const name = variable.replace(/_(API|URL)$/, "").toLowerCase();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url, "http://localhost");
    const body = text === "" ? undefined : JSON.parse(text);
    const answered = answer({ method: request.method, url, body, headers: request.headers });
    const { status } = answered;
    const line = `signalbox → ${name}  ${request.method} ${decodeURIComponent(url.pathname + url.search)}${text === "" ? "" : ` ${short(body)}`}`;
    tell("called", `${line} → ${status} ${short(answered.body)}`, {
      ...{
        api: name,
        method: request.method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
      },
      ...{ body, headers: request.headers, status, answer: answered.body },
    });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answered.body));
    arrived();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { name: variable, server, address: `http://127.0.0.1:${server.address().port}` };
}

/** A router on the workspace, on free ports, with a data folder of its own. */
async function start(dir, dataDir, addresses) {
  const child = spawn(process.execPath, [program, "start", "--json"], {
    env: {
      ...process.env,
      ...{ SIGNALBOX_DIR: dir, SIGNALBOX_DATA_DIR: dataDir, SIGNALBOX_PORT: "0", SIGNALBOX_ADMIN_PORT: "0" },
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: "127.0.0.0/8",
      // Nobody balances before it.
      SIGNALBOX_LEAVE_SECONDS: "0",
      ...addresses,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const log = [];
  let ready;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const fields = JSON.parse(line);
    if (fields.ready === true) ready = fields;
    else log.push(fields);
  });
  await until(() => ready !== undefined || child.exitCode !== null);
  if (ready === undefined) throw new Error("The router did not start; see the lines above.");
  return {
    hooks: ready.hooks,
    log,
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Until every delivery has come to its end, those of the events that follow from others included. */
async function settled(log) {
  const steps = (name) => log.filter(({ step }) => step === name);
  await until(() => {
    const ends = steps("delivery.settled");
    const accepted = steps("event.accepted").flatMap(({ deliveries }) => deliveries);
    const followed = ends.flatMap(({ follows }) => follows ?? []);
    return (
      accepted.every((id) => ends.some(({ delivery }) => delivery === id)) &&
      followed.every((id) => ends.some(({ event }) => event === id))
    );
  });
  const dead = steps("delivery.settled").find(({ state }) => state === "dead");
  if (dead !== undefined)
    throw new Error(`A delivery on ${dead.route} to ${dead.target} died: ${dead.detail}`);
}

function tell(kind, line, fields) {
  process.stdout.write(asJson ? `${JSON.stringify({ kind, ...fields })}\n` : `${line}\n`);
}

/** A value in a line's width. */
function short(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 220 ? `${text.slice(0, 219)}…` : text;
}

async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function within(ms, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Not all of it came through within ${ms / 1000} s.`)),
      ms,
    );
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectWorker, type StoreConnection } from "../../src/adapters/store/redis.ts";
import { createSealer } from "../../src/adapters/secret-key.ts";
import { createTokens } from "../../src/adapters/tokens.ts";
import type { Forwarded } from "../../src/pipeline/forward.ts";
import type { Http } from "../../src/ports.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { attemptOn, loadTargetYaml, loopbackHttp } from "../helpers/attempt.ts";
import { anIssuer, authOf, SECRET_OF_THE_APP, type Issuer } from "../helpers/issuer.ts";
import { aLog } from "../helpers/log.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aTarget, status, type TargetServer } from "../helpers/target.ts";

let redis: TestRedis;
let folder: string;
let target: TargetServer;
let issuer: Issuer;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  redis = await aRedis({ rdbcompression: "no" });
  folder = await mkdtemp(join(tmpdir(), "signalbox-key-"));
  target = await aTarget();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await issuer.close();
  await target.close();
  await redis.close();
  await rm(folder, { recursive: true, force: true });
});

/** A router's way to call targets, with a connection to the store of its own; `ahead`: ms that its clock is. */
function aProcess(clock = { ahead: 0 }): Http {
  const store: StoreConnection = connectWorker({ url: redis.url }, aLog());
  const now = (): number => Date.now() + clock.ahead;
  const http = loopbackHttp(createTokens(store, createSealer(undefined, folder), { now }));
  closing.push(
    () => store.disconnect(),
    () => http.close(),
  );
  return http;
}

async function workspaceWith(auth: string, secret = SECRET_OF_THE_APP): Promise<Workspace> {
  target.answer = issuer.guard(status(200));
  const { workspace, problems } = await loadTargetYaml(`url: ${target.url}/in\n${auth}\n`, {
    APP_SECRET: secret,
  });
  expect(problems).toEqual([]);
  return workspace!;
}

function statusesOf(forwarded: readonly Forwarded[]): unknown[] {
  return [...new Set(forwarded.map(({ attempt }) => attempt.status ?? attempt.error?.code))];
}

describeWithRedis("OAuth 2.0 client credentials", () => {
  it("a token is asked for once by two processes that need it at once, and kept encrypted", async () => {
    issuer = await anIssuer({ delayMs: 150 });
    const workspace = await workspaceWith(
      authOf(issuer, ", scopes: [write, read], parameters: { audience: them }"),
    );
    const processes = [aProcess(), aProcess()];
    const calls = Array.from({ length: 40 }, (_, nth) => attemptOn(workspace, { nth }, processes[nth % 2]!));
    expect(statusesOf(await Promise.all(calls))).toEqual([200]);
    expect(issuer.issued).toHaveLength(1);
    const form = new URLSearchParams(issuer.asked[0]!.body);
    expect(Object.fromEntries(form)).toEqual({
      grant_type: "client_credentials",
      scope: "write read",
      audience: "them",
    });
    const kept = redis.cli("--raw", "get", redis.cli("keys", "{sb}:token:*").split("\n")[0]!);
    expect(kept.length).toBeGreaterThan(40);
    expect(kept).not.toContain("tok3n");
    expect(Buffer.from(kept, "base64").toString("latin1")).not.toContain("tok3n");
  });

  it("a token that is refused is renewed once for all, and every call goes through", async () => {
    issuer = await anIssuer({ delayMs: 50 });
    const workspace = await workspaceWith(authOf(issuer));
    const clocks = [{ ahead: 0 }, { ahead: 0 }];
    const processes = clocks.map((clock) => aProcess(clock));
    await Promise.all(processes.map((http) => attemptOn(workspace, {}, http)));
    issuer.revoke();
    for (const clock of clocks) clock.ahead = 5_000;
    const calls = Array.from({ length: 40 }, (_, nth) => attemptOn(workspace, { nth }, processes[nth % 2]!));
    expect(statusesOf(await Promise.all(calls))).toEqual([200]);
    expect(issuer.issued).toHaveLength(2);
  });

  it("a token is renewed before it lapses, so that no call is refused", async () => {
    issuer = await anIssuer({ expiresIn: 100 });
    const workspace = await workspaceWith(authOf(issuer));
    const clock = { ahead: 0 };
    const http = aProcess(clock);
    for (const ahead of [0, 80_000, 95_000]) {
      clock.ahead = ahead;
      expect((await attemptOn(workspace, {}, http)).attempt.status).toBe(200);
    }
    expect(issuer.issued).toHaveLength(2);
    expect(target.arrivals).toHaveLength(3);
  });

  it("a target that refuses every token is told two of them, and the delivery is a dead letter", async () => {
    issuer = await anIssuer();
    const workspace = await workspaceWith(authOf(issuer));
    target.answer = status(401);
    const clock = { ahead: 0 };
    const http = aProcess(clock);
    clock.ahead = 0;
    await attemptOn(workspace, {}, http);
    clock.ahead = 5_000;
    target.arrivals.length = 0;
    const { attempt, result } = await attemptOn(workspace, {}, http);
    expect([attempt.status, attempt.error?.code, result]).toEqual([401, "FORWARD_STATUS_REFUSED", "dead"]);
    expect(target.arrivals).toHaveLength(2);
    expect(issuer.issued).toHaveLength(2);
  });

  it("a wrong secret is a dead letter that names issuer and reason, asked once for many deliveries; nothing is sent", async () => {
    issuer = await anIssuer();
    const workspace = await workspaceWith(authOf(issuer), "another secret");
    const http = aProcess();
    const tried = await Promise.all(Array.from({ length: 20 }, () => attemptOn(workspace, {}, http)));
    tried.push(await attemptOn(workspace, {}, http));
    expect(statusesOf(tried)).toEqual(["FORWARD_CREDENTIAL_REFUSED"]);
    expect(new Set(tried.map(({ result }) => result))).toEqual(new Set(["dead"]));
    expect(tried[0]!.attempt.error?.detail).toMatch(
      /^127\.0\.0\.1:\d+ answered 401 when it was asked for a token: invalid_client\.$/,
    );
    expect(issuer.asked).toHaveLength(1);
    expect(target.arrivals).toHaveLength(0);
  });

  it.each<[string, { status: number; body?: string }, string]>([
    ["fails", { status: 503 }, "answered 503"],
    ["asks to wait", { status: 429 }, "answered 429"],
    ["answers with something else", { status: 200, body: "<html>" }, "but not with a JSON object"],
    ["issues nothing", { status: 200, body: '{"access_token":""}' }, "no usable `access_token`"],
  ])("an issuer that %s has the delivery tried again", async (_, refuse, sentence) => {
    issuer = await anIssuer();
    issuer.refuse = refuse;
    const { attempt, result } = await attemptOn(await workspaceWith(authOf(issuer)), {}, aProcess());
    expect([attempt.error?.code, result]).toEqual(["FORWARD_TOKEN_UNAVAILABLE", "retry"]);
    expect(attempt.error?.detail).toContain(sentence);
  });

  it("an issuer that is not there has the delivery tried again", async () => {
    issuer = await anIssuer();
    const workspace = await workspaceWith(authOf(issuer));
    await issuer.close();
    const { attempt, result } = await attemptOn(workspace, {}, aProcess());
    expect([attempt.error?.code, result]).toEqual(["FORWARD_TOKEN_UNAVAILABLE", "retry"]);
    expect(attempt.error?.detail).toContain("it refused the connection");
  });

  it("a secret that was rotated in its file is taken at once, also where the issuer is who refuses the old one", async () => {
    issuer = await anIssuer();
    target.answer = issuer.guard(status(200));
    const file = join(folder, "app-secret");
    await writeFile(file, "an old secret\n");
    const yaml = `url: ${target.url}/in\n${authOf(issuer)}\n`;
    const { workspace } = await loadTargetYaml(yaml, { APP_SECRET_FILE: file });
    const http = aProcess();
    await writeFile(file, `${SECRET_OF_THE_APP}\n`);
    expect((await attemptOn(workspace, {}, http)).attempt.status).toBe(200);
  });

  it("id and secret go into the body where the target's file says so", async () => {
    issuer = await anIssuer();
    const workspace = await workspaceWith(authOf(issuer, ", clientAuthentication: body"));
    expect((await attemptOn(workspace, {}, aProcess())).attempt.status).toBe(200);
    expect(issuer.asked[0]!.headers["authorization"]).toBeUndefined();
  });
});

/**
 * The recipes as their users run them: each workspace is served as it stands, its provider posts the body of its first case, signed, and
 * what the target gets is what that case expects. Only hosts are loopback's here, and times that a test cannot wait for are short.
 */
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, it } from "vitest";
import { ROOT } from "../../site/sidebar.ts";
import { draftSample, findSample } from "../../src/providers/samples.ts";
import { sign } from "../../src/providers/sign.ts";
import { makeTrialKey, publicSecret } from "../../src/providers/trial-key.ts";
import { loadWorkspace } from "../../src/rules/load.ts";
import type { Workspace } from "../../src/rules/workspace.ts";
import { visits } from "../helpers/dashboard.ts";
import { setUp } from "../helpers/people.ts";
import { picture, pictures } from "../helpers/picture.ts";
import { aRedis, type TestRedis } from "../helpers/redis.ts";
import { describeWithRedis } from "../helpers/require.ts";
import { aRouter, type RunningRouter } from "../helpers/router.ts";
import { aTarget, type Arrival, type TargetServer } from "../helpers/target.ts";
import { until } from "../helpers/until.ts";

interface Recipe {
  /** Who posts, and whose sample lends its headers; none where nobody posts. */
  readonly from?: { readonly source: string; readonly like: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** The bodies that make the case's input; that alone, without it. */
  bodies?(given: unknown): readonly unknown[];
  /** What is shorter here than in the recipe. */
  readonly shorter?: readonly (readonly [RegExp, string])[];
  /** What a path is answered, where it is not 200 and an empty object. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** What the target got, from its bytes. */
  read?(arrival: Arrival): unknown;
  /** The path of the target, where others are called besides. */
  readonly at?: string;
  /** What is to be done before anything goes out. */
  meanwhile?(router: RunningRouter): Promise<void>;
}

const recipes: Readonly<Record<string, Recipe>> = {
  "github-push-to-slack": { from: { source: "github", like: "push" }, answers: { "/services": "ok" } },
  "gitlab-pipeline-to-deployments": {
    from: { source: "gitlab", like: "push" },
    headers: { "x-gitlab-event": "Pipeline Hook" },
  },
  "grafana-alert-to-oncall": { from: { source: "grafana", like: "firing" } },
  "hubspot-contact-to-mailing-list": {
    from: { source: "hubspot", like: "contact.propertyChange" },
    bodies: (given) => [[given]],
    answers: {
      "/crm": { id: "123", properties: { email: "Ada@Example.com", firstname: "Ada", lastname: "Byron" } },
    },
    at: "/3.0/lists/1/members/hubspot-123",
  },
  "jira-to-status-chat": {
    from: { source: "jira", like: "jira:issue_created" },
    async meanwhile(router) {
      type Holds = { items: { id: string }[] };
      const held = async (): Promise<Holds> => (await (await router.ask("/api/v1/holds")).json()) as Holds;
      await until("it is held", async () => (await held()).items.length === 1);
      const { id } = (await held()).items[0]!;
      const headers = { "content-type": "application/json" };
      const approved = await router.ask(`/api/v1/holds/${id}/approve`, {
        method: "POST",
        headers,
        body: "{}",
      });
      expect(approved.status).toBe(200);
    },
  },
  "sendgrid-events-to-clickhouse": {
    from: { source: "sendgrid", like: "delivered" },
    read: ({ bytes }) =>
      gunzipSync(bytes)
        .toString()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
  },
  "sentry-to-incidents": { from: { source: "sentry", like: "event_alert.triggered" } },
  "shopify-order-to-erp": {
    from: { source: "shopify", like: "orders/create" },
    bodies: (given) => given as unknown[],
    shorter: [
      [/seconds: 60/, "seconds: 2"],
      [/^quietHours:.*$/m, ""],
    ],
  },
  "stripe-invoice-to-accounting": {
    from: { source: "stripe", like: "invoice.payment_failed" },
    answers: { "/oauth": { access_token: "a-token", token_type: "bearer", expires_in: 3600 } },
    at: "/v1/bookings",
  },
  "twilio-sms-to-ticket": {
    from: { source: "twilio", like: "received" },
    // By which Twilio's type is known, and of which the rule makes nothing.
    bodies: (given) => [{ ...(given as object), SmsStatus: "received" }],
  },
  "typeform-to-crm": {
    from: { source: "typeform", like: "form_response" },
    shorter: [[/^delay: 300$/m, "delay: 1"]],
    read: ({ body }) => Object.fromEntries(new URLSearchParams(body)),
  },
  "nightly-report": {
    shorter: [[/cron: "[^"]*"/, 'cron: "* * * * *"']],
    answers: { "/reports": { link: "https://reports.example/7" } },
    at: "/hooks/team",
  },
};

let redis: TestRedis | undefined;
let target: TargetServer | undefined;
let router: RunningRouter | undefined;
const folders: string[] = [];

afterEach(async () => {
  await router?.end();
  await target?.close();
  await redis?.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A copy of the workspace with what is shorter here, and the variables that lead its targets to loopback. */
async function copied(name: string, { shorter = [] }: Recipe, url: string) {
  const dir = await mkdtemp(join(tmpdir(), "signalbox-recipe-"));
  folders.push(dir);
  await cp(join(ROOT, "examples", "recipes", name), dir, { recursive: true });
  const environment: Record<string, string> = {};
  let changed = 0;
  for (const file of (await readdir(dir, { recursive: true })).filter((one) => one.endsWith(".yaml"))) {
    const text = await readFile(join(dir, file), "utf8");
    const short = shorter.reduce((made, [long, by]) => made.replace(long, by), text);
    if (short !== text) changed += 1;
    await writeFile(join(dir, file), short);
    if (file.startsWith("targets"))
      for (const [, variable, there] of text.matchAll(/\$\{(\w+):-(https:[^}]+)\}/g))
        environment[variable!] = url + new URL(there!).pathname.replace(/\/$/, "");
  }
  expect(changed).toBe(new Set(shorter).size > 0 ? 1 : 0);
  return { dir, environment };
}

/** What its provider would send, signed with the source's own secret. */
async function post(
  workspace: Workspace,
  { from, headers }: Recipe,
  hooks: string,
  body: unknown,
  key?: string,
): Promise<Response> {
  const source = workspace.sources.get(from!.source)!;
  const sample = findSample(source.provider!.id, from!.like)!;
  const isForm = JSON.stringify(sample.headers).includes("x-www-form-urlencoded");
  const sent = isForm ? new URLSearchParams(body as Record<string, string>).toString() : body;
  const fresh = Object.fromEntries(Object.entries(sample.fresh).filter(([at]) => at.startsWith("header:")));
  const url = `${hooks}/hooks/${from!.source}`;
  const draft = draftSample(
    { ...sample, headers: { ...sample.headers, ...headers }, body: sent, fresh },
    url,
    {
      uuid: randomUUID(),
      nowMs: Date.now(),
    },
  );
  const { secrets = [], config, url: known = url } = source.file;
  const credentials = { secrets: key === undefined ? secrets : [key], ...(config && { config }), url: known };
  const signed = sign(source.scheme, draft, credentials, Date.now());
  return fetch(signed.url, {
    method: signed.method,
    headers: { "content-type": "application/json", ...signed.headers },
    body: new Uint8Array(signed.body),
  });
}

/** A picture of the event's page, for the recipe's: of the first, or in a chain of the last. */
async function show(name: string, { admin, setup, ask }: RunningRouter): Promise<void> {
  const { items } = (await (await ask("/api/v1/events")).json()) as { items: { id: string }[] };
  const { id } = items.at(recipes[name]!.from === undefined ? 0 : -1)!;
  const visit = await visits(admin);
  try {
    const page = await visit.page(`/events/${id}`, await setUp(admin, setup));
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    await picture(page, `recipes/${name}`);
    await visit.leave();
  } finally {
    await visit.close();
  }
}

describeWithRedis("the recipe", () => {
  it("is one of those that are here", async () => {
    const there = (await readdir(join(ROOT, "examples", "recipes"))).sort();
    expect(Object.keys(recipes).sort()).toEqual(there);
  });

  it.each(Object.keys(recipes))(
    "%s: what its provider posts arrives as its first case expects, and is delivered",
    async (name) => {
      const recipe = recipes[name]!;
      redis = await aRedis();
      target = await aTarget(({ path }, response) => {
        const [, answer = {}] =
          Object.entries(recipe.answers ?? {}).find(([begin]) => path.startsWith(begin)) ?? [];
        const text = typeof answer === "string" ? answer : JSON.stringify(answer);
        const type = typeof answer === "string" ? "text/plain" : "application/json";
        response.writeHead(200, { "content-type": type }).end(text);
      });
      const { dir, environment } = await copied(name, recipe, target.url);
      let key: string | undefined;
      const { workspace: first } = await loadWorkspace(dir, environment);
      if (name.startsWith("sendgrid")) {
        const { scheme } = first!.sources.get("sendgrid")!;
        key = makeTrialKey(scheme);
        environment["SENDGRID_VERIFICATION_KEY"] = publicSecret(scheme, key);
      }
      const { workspace, problems } = await loadWorkspace(dir, environment);
      expect(problems).toEqual([]);
      router = await aRouter({ dir, dataDir: dir, redisUrl: redis.url, environment });

      const [transform] = [...workspace!.transforms.values()].slice(-1);
      const [one] = transform!.file.cases!;
      const given = one!.given ?? one!.event?.body;
      if (recipe.from !== undefined)
        for (const body of recipe.bodies?.(given) ?? [given]) {
          const answer = await post(workspace!, recipe, router.hooks, body, key);
          expect([answer.status, await answer.text()]).toEqual([
            name.startsWith("twilio") ? 200 : 202,
            expect.stringContaining(name.startsWith("twilio") ? "<Message>" : '"deliveries":["dlv_'),
          ]);
        }
      await recipe.meanwhile?.(router);

      const came = (): Arrival | undefined =>
        target!.arrivals.find(({ path }) => (recipe.at === undefined ? true : path.startsWith(recipe.at)));
      await until("it arrives", () => came() !== undefined, { withinMs: 75_000, everyMs: 50 }).catch(
        async (error: unknown) => {
          const deliveries = await (await router!.ask("/api/v1/deliveries")).text();
          const called = target!.arrivals.map(({ method, path }) => `${method} ${path}`);
          throw new Error(`${String(error)}\n${called.join("\n")}\n${deliveries}`, { cause: error });
        },
      );
      const read = recipe.read ?? (({ json }: Arrival) => json);
      const expected =
        name === "typeform-to-crm"
          ? Object.fromEntries(
              Object.entries(one!.expect as object).map(([field, value]) => [field, String(value)]),
            )
          : one!.expect;
      expect(read(came()!)).toEqual(expected);
      await until("it is delivered", async () => {
        const answer = await router!.ask("/api/v1/deliveries?limit=20");
        const { items } = (await answer.json()) as { items: { state: string; attempts: number }[] };
        return (
          items.length > 0 && items.every(({ state }) => state === "delivered" || state === "superseded")
        );
      });
      if (pictures !== undefined) await show(name, router);
    },
    100_000,
  );
});

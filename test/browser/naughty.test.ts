/** Naughty strings in every field that a page shows: none runs, all are shown as what they are, the API gives them back whole. */
import { request } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aBrowser, aPage, describeWithBrowser } from "../helpers/browser.ts";
import { ARMED, NAUGHTY, RAN, portions, wellFormed } from "../helpers/naughty.ts";
import { PASSWORD, setUp, type Answer, type Client } from "../helpers/people.ts";
import { aScene, type Scene } from "../helpers/scene.ts";
import { until } from "../helpers/until.ts";
import { watch, type Watch } from "../helpers/watch.ts";

const EACH = 5;
/** Pages that are looked at side by side, and calls that are made so. */
const VIEWS = 3;
const CALLS = 6;

const FILES = {
  "sources/github.yaml": "",
  "routes/everything.yaml": "",
  "targets/api.yaml": "",
  "sources/naughty.yaml":
    "provider: none\nid: json:id\ntype: json:type\nmaxBodyBytes: 4000000\ntags: { t0: 'texts[0]', t1: 'texts[1]', t2: 'texts[2]', t3: 'texts[3]', t4: 'texts[4]' }\n",
  "sources/strict.yaml": 'provider: none\nschemas: { "*": nothing }\n',
  "schemas/nothing.json": '{"type":"object","additionalProperties":false}',
  "transforms/say.jsonata":
    '{ "says": texts, "keys": keys, "first": texts[0], "event": $event.query, "head": $event.headers }',
  "transforms/fail.jsonata": "$error(texts[4])",
  "routes/say.yaml": "source: naughty\ntransform: say\ntarget: refuses\n",
  "routes/take.yaml": "source: naughty\ntransform: say\ntarget: takes\n",
  "routes/fail.yaml": "source: naughty\ntransform: fail\ntarget: takes\n",
  "targets/refuses.yaml": `url: \${TARGET}/refuses\nretry: { attempts: ${EACH}, firstDelaySeconds: 0.01, maxDelaySeconds: 0.05 }\n`,
  "targets/takes.yaml": "url: ${TARGET}/takes\n",
};

interface Sent {
  readonly id: string;
  readonly texts: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The type and the provider's id, as far as the router takes such. */
  readonly type: string;
}

/** Each portion ends with what is armed: that is what a target says last, and what a dead letter dies of. */
function arranged(): readonly (readonly string[])[] {
  const calm = NAUGHTY.filter((text) => !ARMED.includes(text));
  const armed = [...ARMED];
  const groups: string[][] = [];
  while (calm.length + armed.length > 0) {
    const last = armed.shift();
    const rest = [...calm.splice(0, 2), ...armed.splice(0, 2)];
    const fill = [...calm.splice(0, EACH - 1 - rest.length)];
    groups.push([...rest, ...fill, ...(last === undefined ? [] : [last])]);
  }
  return groups;
}

/** A text as a header may carry it: its UTF-8 bytes, without what ends a header or is trimmed. */
function headerValue(text: string): string {
  return Buffer.from(wellFormed(text.slice(0, 500)), "utf8")
    .toString("latin1")
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, "")
    .trim();
}

/** Posts to a source with headers that hold any byte. */
function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: { "content-type": "application/json", ...headers } };
    const sent = request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(),
          json: JSON.parse(text) as Answer["json"],
        }),
      );
    });
    // A body of bytes: with a text, Node writes the headers in its encoding.
    sent.on("error", reject).end(Buffer.from(body));
  });
}

/** Does something with each, by so many hands at once. */
async function shared<T, Hand>(
  items: readonly T[],
  hands: readonly Hand[],
  task: (item: T, hand: Hand) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  await Promise.all(
    hands.map(async (hand) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await task(item, hand);
    }),
  );
}

const calling = <T>(items: readonly T[], task: (item: T) => Promise<unknown>): Promise<void> =>
  shared(items, Array.from({ length: CALLS }), task);

/** A page in a session of its own, and what is seen on it. */
interface View {
  readonly page: Page;
  readonly seen: Watch;
  /** To another page of the same document, as a link would lead there. */
  readonly go: (path: string) => Promise<unknown>;
  /** Waits until the page's text holds all of these, and looks whether something happened that should not. */
  readonly shows: (what: string, texts: readonly string[]) => Promise<void>;
}

function viewOf(page: Page, seen: Watch): View {
  return {
    page,
    seen,
    go: (path) =>
      page.evaluate(
        `history.pushState(null, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`,
      ),
    async shows(what, texts) {
      // A text of a page is well formed: half a surrogate pair shows as the replacement character.
      const wanted = texts.map((text) => wellFormed(text)).filter((text) => text !== "");
      // The page itself looks until all are there: asking it again and again would take longer than its showing them.
      const missing = await page.evaluate<string[]>(
        `(async (wanted) => { for (const end = Date.now() + 15_000; ; ) { const text = document.querySelector("main")?.textContent ?? ""; const missing = wanted.filter((one) => !text.includes(one)); if (missing.length === 0 || Date.now() > end) return missing; await new Promise((resolve) => setTimeout(resolve, 20)); } })(${JSON.stringify(wanted)})`,
      );
      const some = missing.slice(0, 3).map((text) => JSON.stringify(text.slice(0, 200)));
      expect(some, `${what}, at ${page.url().slice(0, 200)}`).toEqual([]);
      await seen.look();
      expect(seen.seen, what).toEqual([]);
    },
  };
}

/** JSON of a text as the pages write it; long ones are cut there. */
const quoted = (text: string): string => JSON.stringify(text).slice(0, 1_500);

describeWithBrowser("naughty strings", () => {
  let scene: Scene;
  let admin: Client;
  let browser: Browser;
  let first: View;
  let views: readonly View[];
  const sent: Sent[] = [];

  beforeAll(async () => {
    scene = await aScene({ files: FILES });
    scene.target.answer = (arrival, response, nth) => {
      const { says } = arrival.json as { says: string[] };
      if (arrival.path === "/takes") return void response.writeHead(200).end(says[0] ?? "");
      const last = nth >= EACH;
      response.writeHead(last ? 422 : 500, { "content-type": "text/html" });
      response.end(says[last ? says.length - 1 : nth - 1] ?? "");
    };
    admin = await setUp(scene.router.admin, scene.router.setup);
    for (const texts of arranged()) {
      const [first = "", second = ""] = texts;
      const keys = Object.fromEntries(texts.map((text, at) => [text, at]));
      const body = { id: `${sent.length} ${first}`, type: second, texts, keys };
      const headers = Object.fromEntries(texts.map((text, at) => [`x-naughty-${at}`, headerValue(text)]));
      const query = new URLSearchParams(texts.map((text, at) => [`q${at}`, text.slice(0, 200)]));
      const url = `${scene.router.hooks}/hooks/naughty?${query.toString()}`;
      const { status, json } = await post(url, JSON.stringify(body), headers);
      expect(status, `${JSON.stringify(texts)}: ${json.detail}`).toBe(202);
      sent.push({ id: String(json["id"]), texts, body, headers, type: second });
    }
    await until(
      "every delivery has ended",
      async () => {
        const { json } = await admin.call("GET", "/api/v1/events?state=open&limit=1");
        return json.items?.length === 0;
      },
      { withinMs: 60_000, everyMs: 200 },
    );
    browser = await aBrowser();
    views = await Promise.all(Array.from({ length: VIEWS }, loggedIn));
    first = views[0]!;
  }, 120_000);

  const loggedIn = async (): Promise<View> => {
    const { page, context } = await aPage(browser);
    const seen = await watch(page, context, scene.router.admin);
    await page.goto(`${scene.router.admin}/login`);
    await page.getByLabel("Name").fill("root");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    return viewOf(page, seen);
  };

  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  it("are at least 515, and the watch would notice one that ran", async () => {
    expect(NAUGHTY.length).toBeGreaterThanOrEqual(515);
    const other = await aPage(browser);
    const noticed = await watch(other.page, other.context, scene.router.admin);
    await other.page.goto(`${scene.router.admin}/login`);
    await other.page.evaluate(
      `document.body.insertAdjacentHTML("beforeend", ${JSON.stringify(ARMED.filter((text) => text.includes(RAN)).join("\n"))})`,
    );
    await until("the policy has spoken", () => noticed.seen.length > 0);
    await noticed.look();
    expect(noticed.seen.join("\n")).toMatch(/a policy was broken: script-src/);
    expect(noticed.seen.join("\n")).toMatch(/an element: <(script|iframe)/);
    expect(noticed.seen.join("\n")).toMatch(/a link: javascript:/);
    // The page's own policy kept all of it from running.
    expect(noticed.seen.filter((one) => one.endsWith("a payload ran"))).toEqual([]);
    await other.context.close();
  });

  it("come back from the API byte for byte: bodies, headers, query, tags, results, answers", async () => {
    await calling(sent, async ({ id, texts, body, headers }) => {
      const { json } = await admin.call("GET", `/api/v1/events/${id}`);
      expect(json["body"]).toEqual(body);
      expect(json["headers"]).toMatchObject(headers);
      expect(json["query"]).toEqual(
        Object.fromEntries(texts.map((text, at) => [`q${at}`, wellFormed(text.slice(0, 200))])),
      );
      const tags = json["tags"] as readonly { name: string; value: string }[];
      const tagged = texts.flatMap((text, at) =>
        text === "" || text.length > 200 ? [] : [{ name: `t${at}`, value: text }],
      );
      expect(tags).toEqual(tagged);
      const deliveries = json["deliveries"] as readonly {
        route: string;
        result?: { says: unknown; keys: unknown };
        attemptList: readonly { answer?: string; error?: { detail: string } }[];
      }[];
      const say = deliveries.find(({ route }) => route === "say")!;
      expect(say.result?.keys).toEqual(body["keys"]);
      expect(say.result?.says).toEqual(texts);
      const last = texts.length - 1;
      const said = say.attemptList.map(({ answer = "" }) => answer);
      const answers = Array.from(
        { length: EACH },
        (_, at) => texts[at === EACH - 1 ? last : Math.min(at, EACH)] ?? "",
      );
      expect(said).toEqual(answers.map((text) => wellFormed(text)));
    });
  });

  it("are shown as they are on each event's page, its waterfall, attempts and results, and run nowhere", async () => {
    await shared(sent, views, async ({ id, texts, headers }, { go, shows }) => {
      await go(`/events/${id}`);
      await shows(`event ${id}`, [
        id,
        ...texts.map(quoted),
        ...Object.values(headers),
        ...texts.map((text, at) => (text === "" || text.length > 200 ? "" : `t${at}:${text}`)),
        // What the target said, to each attempt.
        ...texts,
      ]);
    });
  }, 120_000);

  it("are shown as they are in lists, by their tags and by what is asked in the address", async () => {
    await shared(sent, views, async ({ texts, type }, { go, shows }) => {
      const [text = ""] = texts;
      if (text === "" || text.length > 200) return;
      await go(`/events?${new URLSearchParams({ tag: `t0:${text}` }).toString()}`);
      await shows(`events of ${text}`, [type]);
    });
    const names = ["type", "id", "code", "cause", "from", "path"];
    await shared([...ARMED.entries()], views, async ([at, text], { go, shows }) => {
      const name = names[at % names.length]!;
      await go(`/events?${new URLSearchParams({ [name]: text, value: text }).toString()}`);
      await shows(`events by ${name}`, ["Events"]);
    });
  }, 120_000);

  it("found by the search field, each leads to a page that stays calm", async () => {
    const typed = ARMED.filter((one) => one.includes(RAN)).flatMap((text) => [text, `texts=${text}`]);
    await shared(typed, views, async (text, { page, shows }) => {
      await page.getByRole("searchbox", { name: /^Search by id/ }).fill(text.slice(0, 500));
      await page.getByRole("searchbox", { name: /^Search by id/ }).press("Enter");
      await expect.poll(() => page.locator("#search").inputValue(), { timeout: 10_000 }).toBe("");
      await shows(`a search for ${text}`, ["Events"]);
    });
  }, 120_000);

  it("in an address where a name or an id belongs, are told as not there", async () => {
    const places = [
      "events",
      "deliveries",
      "requests",
      "targets",
      "routes",
      "people",
      "replays",
      "dead-letters",
    ];
    const odd = [...ARMED.filter((one, nth) => nth % 3 === 0 || one.includes(RAN)).entries()];
    await shared(odd, views, async ([at, text], { go, page, shows }) => {
      const place = places[at % 8]!;
      await go(`/${place}/${encodeURIComponent(text)}`);
      await page.locator("main h1").waitFor();
      await shows(`/${place}/${text}`, []);
    });
  }, 120_000);

  it("that targets answered are causes of dead letters, shown as they are", async () => {
    const { go, shows } = first;
    await go("/dead-letters");
    const { json } = await admin.call("GET", "/api/v1/dead-letters");
    const causes = json.items as readonly { id: string; answer?: string; code: string }[];
    expect(causes.length).toBeGreaterThan(60);
    expect(new Set(causes.map(({ code }) => code)).size).toBeGreaterThan(1);
    await shows(
      "dead letters",
      causes.map(({ answer = "" }) => answer),
    );
    const some = causes.filter((_, at) => at % 6 === 0);
    await shared(some, views, async ({ id, answer = "" }, view) => {
      await view.go(`/dead-letters/${id}`);
      await view.shows(`cause ${id}`, [answer]);
    });
  }, 120_000);

  it("in a refused body are a cause that is shown, on the list and on its page", async () => {
    await calling(NAUGHTY, (text) =>
      post(`${scene.router.hooks}/hooks/strict`, JSON.stringify(Object.fromEntries([[text, 1]])), {}),
    );
    await until("refusals are kept", async () => {
      const { json } = await admin.call("GET", "/api/v1/requests?source=strict&limit=200");
      return (json.items?.length ?? 0) >= 200;
    });
    const { go, shows } = first;
    await go("/requests?verdict=refused");
    await shows("refused requests", ["ACCEPT_SCHEMA_INVALID"]);
    const { json } = await admin.call("GET", "/api/v1/requests?source=strict&limit=200");
    const items = json.items as readonly { id: string; cause: string }[];
    const some = items.filter((_, at) => at % 8 === 0);
    await shared(some, views, async ({ id, cause }, view) => {
      await view.go(`/requests/${id}`);
      await view.shows(`request ${id}`, cause.split("`"));
    });
  }, 120_000);

  describe("that people write", () => {
    const reasons = NAUGHTY.filter((text) => text !== "" && text.length <= 500);
    const armed = ARMED.filter((text) => text.length <= 500);

    it("as names are refused or shown", async () => {
      const taken: string[] = [];
      await calling(NAUGHTY, async (name) => {
        const { status, json } = await admin.call("POST", "/api/v1/users", { name, role: "viewer" });
        expect([201, 400, 409], JSON.stringify(name)).toContain(status);
        if (status === 201) taken.push(String(json["name"]));
      });
      expect(taken.length).toBeGreaterThan(10);
      await first.go("/people");
      await first.shows("people", taken);
    }, 60_000);

    it("as names, descriptions and reasons of tokens are shown to who may see them", async () => {
      const { go, shows, page } = first;
      const users = ["first", "second", "third"];
      const groups = portions(
        portions(
          NAUGHTY.filter((text) => text.length <= 255),
          3,
        ),
        90,
      );
      for (const [at, group] of groups.entries()) {
        const made = await admin.call("POST", "/api/v1/users", {
          name: `${users[at]} of tokens`,
          role: "operator",
        });
        const id = String(made.json["id"]);
        const shown: string[] = [];
        await calling(group, async ([one = "", description = "", why = ""]) => {
          const name = one.slice(0, 100) || "no name";
          const reason = why.length < 3 ? `because ${why}` : why;
          const { status, json } = await admin.call("POST", `/api/v1/users/${id}/impersonation_tokens`, {
            ...{ name, description, reason, scopes: ["read"] },
          });
          expect(status, json.detail).toBe(201);
          const { json: read } = await admin.call(
            "GET",
            `/api/v1/users/${id}/impersonation_tokens/${String(json["id"])}`,
          );
          expect([read["name"], read["description"], read["reason"]]).toEqual([name, description, reason]);
          shown.push(name, description, reason);
        });
        await go(`/people/${id}`);
        await shows(`tokens of ${users[at]}`, shown);
      }
      const own = ARMED.slice(0, 90).map((text) => text.slice(0, 100));
      await calling(own, async (name) => {
        const asked = { name, description: name, scopes: ["read"] };
        const { status, json } = await admin.call("POST", "/api/v1/tokens", asked);
        expect(status, `${JSON.stringify(name)} ${json.detail}`).toBe(201);
      });
      await go("/account");
      await shows("the own tokens", own);
      await page.getByRole("button", { name: "Revoke…" }).first().click();
      await page.getByRole("dialog").waitFor();
      await shows("the question before one is revoked", []);
      await page.keyboard.press("Escape");
    }, 120_000);

    it("as reasons of pauses are shown beside the target, and all stand in the audit trail", async () => {
      const { go, shows, page } = first;
      // A target is paused once at a time.
      await shared(reasons, ["takes", "refuses"], async (reason, target) => {
        const { status, json } = await admin.call("POST", `/api/v1/targets/${target}/pause`, { reason });
        expect(status, `${JSON.stringify(reason)} ${json.detail}`).toBe(200);
        await admin.call("POST", `/api/v1/targets/${target}/resume`);
      });
      for (const reason of armed.filter((_, at) => at % 20 === 0)) {
        await admin.call("POST", "/api/v1/targets/takes/pause", { reason });
        // From another page, so that the target's is read anew instead of at its next turn.
        await go("/settings");
        await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
        await go("/targets/takes");
        await shows("a pause", [reason]);
        await admin.call("POST", "/api/v1/targets/takes/resume");
      }
      await go("/audit?action=target.paused");
      const more = page.getByRole("button", { name: "Load more" });
      await page.getByRole("table", { name: /^Audit trail/ }).waitFor();
      while ((await more.count()) > 0) {
        const rows = await page.locator("tbody tr").count();
        await more.click();
        await until("more is there", async () => (await page.locator("tbody tr").count()) > rows, {
          withinMs: 30_000,
        });
      }
      await shows("the audit trail", reasons);
    }, 120_000);

    it("as reasons of replays are shown on the list and on a replay's page", async () => {
      const made: { id: string; reason: string }[] = [];
      for (const [at, reason] of armed.filter((_, nth) => nth % 6 === 0).entries()) {
        const filter = { id: sent[at % sent.length]!.id, state: "dead" };
        const { status, json } = await admin.call("POST", "/api/v1/replays", {
          ...{ filter, reason, ratePerSecond: 5_000 },
        });
        expect(status, json.detail).toBe(202);
        made.push({ id: String(json["id"]), reason });
      }
      await first.go("/replays");
      await first.shows(
        "replays",
        made.map(({ reason }) => reason),
      );
      const some = made.filter((_, at) => at % 6 === 0);
      await shared(some, views, async ({ id, reason }, { go, shows }) => {
        await go(`/replays/${id}`);
        await shows("a replay", [reason]);
      });
    }, 60_000);

    it("as reasons of discards are shown with what was given up", async () => {
      const { json } = await admin.call("GET", "/api/v1/deliveries?state=dead&route=fail&limit=60");
      expect(json.items!.length).toBeGreaterThan(20);
      await shared([...json.items!.entries()], views, async ([at, { id }], { go, shows }) => {
        const reason = armed[at] ?? "enough";
        const told = await admin.call("POST", `/api/v1/deliveries/${String(id)}/discard`, { reason });
        // One that a replay has just taken up is left alone, and said to be.
        expect([204, 409], told.json.detail).toContain(told.status);
        if (at % 6 !== 0 || told.status !== 204) return;
        await go(`/deliveries/${String(id)}`);
        await shows("a discard", [reason]);
      });
      await first.go("/audit");
      await first.shows("the audit trail", ["delivery.discarded"]);
    }, 60_000);

    it("in the playground are a body, a rule and a result, and nothing more", async () => {
      await calling(NAUGHTY, async (text) => {
        const { status, json } = await admin.call("POST", "/api/v1/playground", {
          rule: `{ "same": text, "rule": ${JSON.stringify(text)} }`,
          body: { text },
        });
        expect(status, `${JSON.stringify(text)} ${json.detail}`).toBe(200);
        expect((json["result"] as { same?: string } | undefined)?.same).toBe(text);
        if (!ARMED.includes(text)) return;
        const asRule = await admin.call("POST", "/api/v1/playground", { rule: text || " ", body: {} });
        expect(asRule.status, JSON.stringify(text)).toBeLessThan(500);
      });
      const running = ARMED.filter((one) => one.includes(RAN));
      const fieldOf = ({ page }: View, name: string) => page.getByRole("textbox", { name });
      await Promise.all(
        views.map(async (view) => {
          await view.go("/playground");
          // What is filled in at the very moment in which the editor takes the text area's place can be lost.
          await until("the rule is tried", async () => {
            await fieldOf(view, "Rule in JSONata").fill('{ "same": text }');
            await fieldOf(view, "Body").fill('{ "text": "first" }');
            const tried = view.page.locator("main", { hasText: '"same": "first"' });
            return tried.waitFor({ timeout: 5_000 }).then(
              () => true,
              () => false,
            );
          });
        }),
      );
      await shared(running.filter((one) => !one.includes("\n")).slice(0, 24), views, async (text, view) => {
        await fieldOf(view, "Body").fill(JSON.stringify({ text }));
        await view.shows("a trial", [`"same": ${JSON.stringify(text)}`]);
      });
      await shared(running.slice(0, 12), views, async (text, view) => {
        await fieldOf(view, "Rule in JSONata").fill(text);
        await view.shows("a rule", ["Playground"]);
      });
      const some = sent.filter((_, at) => at % 12 === 0);
      await shared(some, views, async ({ id, texts }, { go, shows }) => {
        await go(`/playground?event=${id}`);
        await shows(`the playground with ${id}`, [id.slice(-8)]);
        expect(texts.length).toBeGreaterThan(0);
      });
    }, 120_000);
  });

  it("have run nowhere, after all pages were seen", async () => {
    const paths = ["/", "/deliveries", "/map", "/sources", "/routes", "/targets", "/settings", "/requests"];
    await shared(paths, views, async (path, { page, shows }) => {
      await page.goto(`${scene.router.admin}${path}`);
      await page.locator("main h1").waitFor();
      await shows(path, []);
    });
    for (const { page, seen } of views) {
      expect(await page.evaluate(`window.${RAN}`)).toBeUndefined();
      expect(seen.seen).toEqual([]);
    }
  });
});

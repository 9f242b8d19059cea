/** The page for Prometheus: asked often, or while the store hangs, it answers in time and asks little. */
import { describe, expect, it } from "vitest";
import { createPrometheus } from "../../../src/adapters/watching/prometheus.ts";
import type {
  OwnGauges,
  Scraped,
  TargetGauges,
  WholeGauges,
} from "../../../src/adapters/watching/scraped.ts";

const TARGET: TargetGauges = {
  ...{ name: "chat", verdict: "fine", waiting: 3, retrying: 2, active: 1, open: 6, dead: 4 },
  ...{ oldestAt: new Date(1_000_000).toISOString(), breaker: "probing" },
};
const WHOLE: WholeGauges = {
  processes: { all: 0, ingest: 1, worker: 2 },
  retriesDue: { now: 0, "1m": 1, "10m": 2 },
  ...{ holds: 5, stoppedLines: 6, storeWarnings: 7, unaccounted: 8 },
  history: { events: 9, bytes: 10 },
};
const never = new Promise<never>(() => undefined);

function aPage(
  changes: Partial<Scraped> = {},
): ReturnType<typeof createPrometheus> & { read(): Promise<string> } {
  const own: OwnGauges = { rulesRefused: false, durability: { mode: "fast" } };
  const prometheus = createPrometheus({
    ...{ version: "1.2.3", role: "all", now: () => 1_060_000 },
    rules: () => ({ revision: "abc", sources: ["github"], routes: [{ name: "push", target: "chat" }] }),
    own: () => own,
    targets: () => Promise.resolve([TARGET]),
    store: () => Promise.resolve({ usedBytes: 11, maxBytes: 12 }),
    whole: () => Promise.resolve(WHOLE),
    ...changes,
  });
  return { ...prometheus, read: async () => (await prometheus.page()).body };
}

describe("the page for Prometheus", () => {
  it("has what the store says of targets and of the whole", async () => {
    const page = await aPage().read();
    for (const line of [
      'signalbox_queue_waiting{target="chat"} 3',
      'signalbox_queue_retrying{target="chat"} 2',
      'signalbox_oldest_waiting_seconds{target="chat"} 60',
      'signalbox_breaker_state{target="chat",state="closed"} 0',
      'signalbox_breaker_state{target="chat",state="probing"} 1',
      'signalbox_processes{role="worker"} 2',
      'signalbox_retries_due{within="10m"} 2',
      "signalbox_holds_waiting 5",
      "signalbox_lines_stopped 6",
      "signalbox_store_warnings 7",
      "signalbox_deliveries_unaccounted 8",
      "signalbox_history_bytes 10",
      "signalbox_store_memory_limit_bytes 12",
      'signalbox_durability_info{mode="fast",by=""} 1',
      "signalbox_rules_refused 0",
      "signalbox_store_up 1",
    ])
      expect(page.split("\n")).toContain(line);
    expect(page).not.toMatch(/^signalbox_(spool|spans)\w*(\{.*\})? /m);
  });

  it("begins what alerts are made of at 0, and begins again for rules that are new", async () => {
    let revision = "abc";
    const page = aPage({
      rules: () => ({ revision, sources: [revision], routes: [{ name: revision, target: "chat" }] }),
    });
    expect(await page.read()).toContain(
      'signalbox_deliveries_total{target="chat",route="abc",state="failed"} 0',
    );
    page.tally.ended({ target: "chat", route: "abc" }, "failed");
    revision = "def";
    const text = await page.read();
    expect(text).toContain('signalbox_deliveries_total{target="chat",route="abc",state="failed"} 1');
    expect(text).toContain('signalbox_deliveries_total{target="chat",route="def",state="failed"} 0');
    expect(text).toContain('signalbox_requests_total{source="def",verdict="ACCEPT_OVERLOADED"} 0');
  });

  it("tells of spool and spans where there are some, and counts no span twice", async () => {
    const own: OwnGauges = {
      ...{ rulesRefused: true, durability: undefined },
      spool: { events: 1, bytes: 2, maxBytes: 3, usable: false },
      spans: { sent: 4, dropped: 5 },
    };
    const page = aPage({ own: () => own });
    await page.read();
    const lines = (await page.read()).split("\n");
    for (const line of [
      "signalbox_spool_events 1",
      "signalbox_spool_limit_bytes 3",
      "signalbox_spool_usable 0",
      'signalbox_spans_total{state="sent"} 4',
      'signalbox_spans_total{state="dropped"} 5',
      "signalbox_rules_refused 1",
    ])
      expect(lines).toContain(line);
  });

  it("asks the store once, however often somebody scrapes", async () => {
    const asked = { targets: 0, store: 0, whole: 0 };
    const page = aPage({
      targets: () => (asked.targets++, Promise.resolve([TARGET])),
      store: () => (asked.store++, Promise.resolve({})),
      whole: () => (asked.whole++, Promise.resolve(WHOLE)),
    });
    const before = performance.now();
    for (let nth = 0; nth < 20; nth++) expect(await page.read()).toContain("signalbox_store_up 1");
    // Once a second, on a machine that is so slow that this takes seconds.
    const most = 1 + Math.floor((performance.now() - before) / 1_000);
    expect(Math.max(...Object.values(asked))).toBeLessThanOrEqual(most);
    expect(most).toBeLessThan(15);
  });

  it("says in time that a store hangs, at once when it is known to, and what it said before is gone", async () => {
    let hangs = false;
    const page = aPage({ targets: () => (hangs ? never : Promise.resolve([TARGET])) });
    expect(await page.read()).toContain('signalbox_queue_waiting{target="chat"} 3');
    hangs = true;
    await new Promise((resolve) => setTimeout(resolve, 1_010));
    const before = performance.now();
    const away = await page.read();
    expect(performance.now() - before).toBeLessThan(4_000);
    expect(away).toContain("signalbox_store_up 0");
    expect(away).not.toMatch(/^signalbox_(queue_waiting|holds_waiting|store_memory_bytes)\b.* \d/m);
    const again = performance.now();
    expect(await page.read()).toContain("signalbox_store_up 0");
    expect(performance.now() - again).toBeLessThan(1_500);
    hangs = false;
    expect(await page.read()).toContain("signalbox_store_up 1");
  });

  it("waits for nothing dear: what takes long is left out, and told when it is there", async () => {
    let arrive: (whole: WholeGauges) => void = () => undefined;
    const page = aPage({ whole: () => new Promise<WholeGauges>((resolve) => (arrive = resolve)) });
    const early = await page.read();
    expect(early).toContain("signalbox_store_up 1");
    expect(early).not.toMatch(/^signalbox_processes\{/m);
    arrive(WHOLE);
    await Promise.resolve();
    expect(await page.read()).toContain('signalbox_processes{role="worker"} 2');
  });
});

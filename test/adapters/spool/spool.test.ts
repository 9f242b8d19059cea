/** The spool on a real disk: what is answered for is there after a crash, once, in order; what was torn off is cut away. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSpool, type Spool } from "../../../src/adapters/spool/spool.ts";
import { decodeContent, encodeRecord, recordAt } from "../../../src/adapters/spool/record.ts";
import type { Commit } from "../../../src/ports.ts";
import { anEvent, deliveriesOf } from "../../helpers/history.ts";
import { aLog } from "../../helpers/log.ts";

const MB = 1_048_576;
const NOON = 1_790_000_000_000;
let dataDir: string;
let log: ReturnType<typeof aLog>;
const opened: Spool[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "signalbox-spool-"));
  log = aLog();
});

afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function aSpool(maxBytes = 4 * MB): Promise<Spool> {
  const spool = await openSpool(dataDir, maxBytes, log);
  opened.push(spool);
  return spool;
}

/** As a kill -9 leaves it: the lock is let go, nothing else is done. */
async function reopened(spool: Spool): Promise<Spool> {
  await spool.close();
  opened.splice(opened.indexOf(spool), 1);
  return aSpool();
}

function aCommit(body: unknown, key?: string): Commit {
  const event = anEvent(NOON, { body, event: { dedupeKey: key } });
  return { event, deliveries: deliveriesOf(event.context.id, { "to-api": "api" }) };
}

const add = (spool: Spool, ...commits: Commit[]) => spool.add({ commits, suspect: false });

/** All that waits, drained: the bodies in their order. */
async function drained(spool: Spool): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (;;) {
    const taken = await spool.take(100);
    if (taken.records.length === 0) return bodies;
    bodies.push(...taken.records.flatMap(({ commits }) => commits.map(({ event }) => event.payload)));
    await taken.done();
  }
}

const folder = (): string => join(dataDir, "spool");
const segments = (): string[] => readdirSync(folder()).filter((name) => name.endsWith(".spool"));

describe("a record of the spool", () => {
  it("holds a request's events as they were accepted, each byte of their bodies", () => {
    const commits = [aCommit({ a: "ä" }, "k"), { ...aCommit([1, 2]), quarantined: true }];
    const bytes = encodeRecord({ commits, suspect: true });
    const found = recordAt(bytes, 0);
    if (found.kind !== "record") throw new Error(found.kind);
    expect(found.end).toBe(bytes.length);
    const { commits: read, suspect } = decodeContent(found.content);
    expect(suspect).toBe(true);
    expect(read.map(({ event }) => event.body)).toEqual(commits.map(({ event }) => event.body));
    expect(read.map(({ event }) => event.context)).toEqual(commits.map(({ event }) => event.context));
    expect(read.map(({ event }) => event.payload)).toEqual([{ a: "ä" }, [1, 2]]);
    expect(read.map(({ event }) => event.dedupeKey)).toEqual(["k", undefined]);
    expect(read.map(({ deliveries }) => deliveries)).toEqual(commits.map(({ deliveries }) => deliveries));
    expect(read.map(({ quarantined }) => quarantined)).toEqual([undefined, true]);
  });

  it("is not taken for one when any of its bytes has changed", () => {
    const bytes = encodeRecord({ commits: [aCommit({ n: 1 })], suspect: false });
    const behind = encodeRecord({ commits: [aCommit({ n: 2 })], suspect: false });
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.concat([bytes, behind]);
      changed[at]! ^= 0x41;
      expect(recordAt(changed, 0).kind, `byte ${at}`).not.toBe("record");
    }
  });
});

describe("the spool", () => {
  it("gives back what was added in its order, and takes nothing on the disk when it is drained", async () => {
    const spool = await aSpool();
    await Promise.all(Array.from({ length: 50 }, (_, nth) => add(spool, aCommit({ nth }))));
    expect(spool.pending).toBe(50);
    expect(await drained(spool)).toEqual(Array.from({ length: 50 }, (_, nth) => ({ nth })));
    expect([
      spool.pending,
      spool.bytes,
      readdirSync(folder()).filter((name) => !name.startsWith("lock-")),
    ]).toEqual([0, 0, []]);
    await add(spool, aCommit({ again: 1 }));
    expect(await drained(spool)).toEqual([{ again: 1 }]);
  });

  it("has after a restart all that was answered for, and knows that the store may have it", async () => {
    const first = await aSpool();
    for (let nth = 0; nth < 5; nth++) await add(first, aCommit({ nth }));
    const taken = await first.take(2);
    await taken.done();
    const second = await reopened(first);
    expect(second.pending).toBe(3);
    const { records } = await second.take(100);
    expect(records.map(({ suspect }) => suspect)).toEqual([true, true, true]);
    await add(second, aCommit({ nth: 5 }));
    expect((await second.take(100)).records.map(({ suspect }) => suspect)).toEqual([true, true, true, false]);
    expect(await drained(second)).toEqual([{ nth: 2 }, { nth: 3 }, { nth: 4 }, { nth: 5 }]);
  });

  it("cuts a torn last record away, wherever it is torn, and keeps those before it", async () => {
    const first = await aSpool();
    await add(first, aCommit({ nth: 0 }));
    await add(first, aCommit({ nth: 1 }));
    const before = first.bytes;
    await add(first, aCommit({ nth: 2 }));
    const whole = first.bytes;
    await first.close();
    opened.pop();
    const file = join(folder(), segments()[0]!);
    copyFileSync(file, join(dataDir, "whole"));
    for (let size = before; size < whole; size++) {
      copyFileSync(join(dataDir, "whole"), file);
      truncateSync(file, size);
      const torn = await openSpool(dataDir, MB, log);
      expect(torn.pending, `cut at ${size}`).toBe(2);
      expect(torn.bytes).toBe(before);
      await torn.close();
      expect(readFileSync(file).length).toBe(before);
    }
    expect(log.lines.filter(({ step }) => step === "spool.torn")).toHaveLength(whole - before - 1);
    const after = await aSpool();
    await add(after, aCommit({ nth: 3 }));
    expect(await drained(after)).toEqual([{ nth: 0 }, { nth: 1 }, { nth: 3 }]);
  }, 60_000);

  it("takes a last record whose end never reached the disk for torn, and one before the last for damaged, which it keeps beside", async () => {
    const first = await aSpool();
    await add(first, aCommit({ nth: 0 }));
    const one = first.bytes;
    await add(first, aCommit({ nth: 1 }));
    const two = first.bytes;
    await add(first, aCommit({ nth: 2 }));
    await first.close();
    opened.pop();
    const file = join(folder(), segments()[0]!);
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.concat([bytes.subarray(0, -20), Buffer.alloc(20)]));
    const torn = await aSpool();
    expect(torn.pending).toBe(2);
    await torn.close();
    opened.pop();
    bytes[two - 1]! ^= 1;
    writeFileSync(file, bytes);
    const damaged = await aSpool();
    expect(await drained(damaged)).toEqual([{ nth: 0 }]);
    const [kept] = readdirSync(folder()).filter((name) => name.endsWith(".damaged"));
    expect(readFileSync(join(folder(), kept!))).toEqual(bytes.subarray(one));
    const told = log.lines.find(({ step }) => step === "spool.damaged");
    expect(told).toMatchObject({ level: "error", fields: { atByte: one } });
  });

  it("takes no more than its bytes, says so with a time to come again, and takes more once it is drained", async () => {
    const spool = await aSpool(200_000);
    const fill = async (): Promise<unknown> => {
      for (;;) await add(spool, aCommit({ text: "x".repeat(20_000) }));
    };
    const refused = await fill().catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "ACCEPT_STORE_UNAVAILABLE", retryAfterSeconds: 10 });
    expect(spool.bytes).toBeLessThanOrEqual(200_000);
    expect(spool.pending).toBeGreaterThan(7);
    await drained(spool);
    expect(await add(spool, aCommit({}))).toEqual([{ kind: "stored" }]);
  });

  it("knows a repetition of what waits, also one that comes in the same moment or the same request, or after a restart", async () => {
    const spool = await aSpool();
    const original = aCommit({ n: 1 }, "k");
    const known = {
      kind: "duplicate",
      event: original.event.context.id,
      deliveries: [{ id: original.deliveries[0]!.id }],
    };
    const [stored, meanwhile] = await Promise.all([add(spool, original), add(spool, aCommit({ n: 2 }, "k"))]);
    expect([stored, meanwhile]).toMatchObject([[{ kind: "stored" }], [known]]);
    const both = await add(spool, aCommit({ n: 3 }, "j"), aCommit({ n: 4 }, "k"), aCommit({ n: 5 }, "j"));
    expect(both.map(({ kind }) => kind)).toEqual(["stored", "duplicate", "duplicate"]);
    const again = await reopened(spool);
    expect(await add(again, aCommit({ n: 6 }, "k"))).toMatchObject([known]);
    expect(await drained(again)).toEqual([{ n: 1 }, { n: 3 }]);
    expect((await add(again, aCommit({ n: 7 }, "k")))[0]).toEqual({ kind: "stored" });
  });

  it("answers for nothing that the disk did not take, and goes on when it does", async () => {
    const spool = await aSpool();
    rmSync(folder(), { recursive: true });
    const refused = await Promise.allSettled([
      add(spool, aCommit({ n: 1 }, "k")),
      add(spool, aCommit({ n: 2 }, "k")),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect([spool.pending, spool.fault]).toEqual([0, "ENOENT"]);
    mkdirSync(folder());
    expect(await add(spool, aCommit({ n: 3 }, "k"))).toEqual([{ kind: "stored" }]);
    expect(spool.fault).toBeUndefined();
    expect(await drained(spool)).toEqual([{ n: 3 }]);
  });

  it("is each process's own, and what a process that is gone has left is found by the next", async () => {
    const [first, second] = [await aSpool(), await aSpool()];
    await add(first, aCommit({ of: "first" }));
    await add(second, aCommit({ of: "second" }));
    expect((await first.take(9)).records).toHaveLength(1);
    for (const spool of opened.splice(0)) await spool.close();
    const next = await aSpool();
    expect(await drained(next)).toEqual([{ of: "first" }, { of: "second" }]);
  });

  it("reads a spool of many segments in order, records larger than a page of reading among them", async () => {
    const spool = await aSpool(16 * MB);
    const large = "l".repeat(1_500_000);
    const bodies = Array.from({ length: 12 }, (_, nth) => ({ nth, ...(nth % 3 === 0 && { large }) }));
    for (const body of bodies) await add(spool, aCommit(body));
    expect(segments().length).toBeGreaterThan(1);
    expect(await drained(spool)).toEqual(bodies);
    expect(segments()).toEqual([]);
  });
});

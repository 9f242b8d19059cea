/** What comes in at the limit: as much as gets done, the quiet sources first, and all of it again when the strain is over. */
import { describe, expect, it } from "vitest";
import { Intake, fairShare, type Strain } from "../../src/core/intake.ts";

const CALM: Strain = { busy: 0.3, waitMs: 5, lagMs: 1, done: 0, catchingUp: false };

/** Offers requests of sources for so many ticks; `strain` is told what was taken. Counts what was taken of each. */
function offer(
  intake: Intake,
  demand: Readonly<Record<string, number>>,
  ticks: number,
  strain: (taken: number) => Strain,
): Map<string, number> {
  const all = new Map<string, number>();
  for (let tick = 0; tick < ticks; tick++) {
    let taken = 0;
    const most = Math.max(...Object.values(demand));
    for (let nth = 0; nth < most; nth++) {
      for (const [source, count] of Object.entries(demand)) {
        if (nth >= count) continue;
        intake.came(source);
        if (!intake.take(source)) continue;
        taken++;
        all.set(source, (all.get(source) ?? 0) + 1);
        intake.became(1);
      }
    }
    intake.tick(strain(taken));
  }
  return all;
}

/** A process that does so much a tick, less what taking requests costs it, and keeps the rest waiting. */
function aProcess(capacity: number): (taken: number) => Strain {
  let waiting = 0;
  return (taken) => {
    const done = Math.max(0, Math.min(waiting + taken, capacity - 0.5 * taken));
    waiting += taken - done;
    const busy = Math.min(1, (done + 0.5 * taken) / capacity);
    return { busy, done, lagMs: 2, catchingUp: false, waitMs: (waiting / Math.max(1, done)) * 250 };
  };
}

describe("the intake", () => {
  it("takes everything while the router manages, however much that is", () => {
    const intake = new Intake(5_000, () => 0);
    const taken = offer(intake, { github: 5_000 }, 40, () => ({ ...CALM, busy: 0.95, done: 5_000 }));
    expect(taken.get("github")).toBe(200_000);
    expect(intake.overloaded).toBe(false);
  });

  it("takes everything while deliveries wait for a target that is slow: the router itself has time", () => {
    const intake = new Intake(5_000, () => 0);
    const taken = offer(intake, { github: 100 }, 40, () => ({
      ...CALM,
      busy: 0.4,
      waitMs: 600_000,
      done: 1,
    }));
    expect(taken.get("github")).toBe(4_000);
  });

  it("settles at what gets done when twice as much comes in, and lets all in again once less comes", () => {
    const intake = new Intake(5_000, () => 0);
    const strain = aProcess(300);
    offer(intake, { github: 400 }, 200, strain);
    expect(intake.overloaded).toBe(true);
    const taken = offer(intake, { github: 400 }, 100, strain).get("github")! / 100;
    // 300 = done + taken / 2, so that 200 a tick is the most that can be kept up.
    expect(taken).toBeGreaterThan(160);
    expect(taken).toBeLessThan(215);
    offer(intake, { github: 50 }, 200, strain);
    expect(intake.overloaded).toBe(false);
  });

  it("brings the queue down to half a second, and lets nobody in freely as long as somebody waits at the door", () => {
    const intake = new Intake(5_000, () => 0);
    const process = aProcess(300);
    const waits: number[] = [];
    const strain = (taken: number): Strain => {
      const now = process(taken);
      waits.push(now.waitMs!);
      return now;
    };
    offer(intake, { github: 400 }, 40, strain);
    expect(Math.max(...waits)).toBeGreaterThan(4_000);
    offer(intake, { github: 400 }, 200, strain);
    const last = waits.slice(-40);
    expect(Math.max(...last)).toBeLessThan(700);
    // It never runs dry either.
    expect(Math.min(...last)).toBeGreaterThan(300);
    expect(intake.overloaded).toBe(true);
  });

  it("lets no more in of few connections, of which each asks again only once it was let in", () => {
    const intake = new Intake(5_000, () => 0);
    const strain = aProcess(300);
    offer(intake, { github: 400 }, 40, strain);
    let waiting = 0;
    const taken: number[] = [];
    const ticks = 200;
    for (let tick = 0; tick < ticks; tick++) {
      let now = 0;
      // Each of 50 looks in a tick: who was let in is back at once.
      for (let look = 0; look < 50; look++) {
        for (; waiting < 12; waiting++) intake.came("github");
        while (waiting > 0 && intake.take("github", (look + 1) / 50)) {
          waiting--;
          now++;
          intake.became(1);
        }
      }
      intake.tick(strain(now));
      taken.push(now);
    }
    expect(intake.overloaded).toBe(true);
    // 200 a tick is the most that can be kept up.
    const mean = taken.reduce((sum, now) => sum + now, 0) / ticks;
    expect(mean).toBeGreaterThan(150);
    expect(mean).toBeLessThan(205);
    // In no tick are all let in, as if they had stopped asking: 600 would be.
    expect(Math.max(...taken.slice(20))).toBeLessThan(260);
  });

  it("spreads what a source that asks for too much may send over the tick, and leaves a quiet one alone", () => {
    const intake = new Intake(5_000, () => 0);
    const strain = aProcess(300);
    offer(intake, { noisy: 2_000, quiet: 20 }, 100, strain);
    let early = 0;
    while (intake.take("noisy", 0.25)) early++;
    let all = early;
    while (intake.take("noisy", 1)) all++;
    expect(early / all).toBeGreaterThan(0.25);
    expect(early / all).toBeLessThan(0.35);
    for (let nth = 0; nth < 20; nth++) expect(intake.take("quiet", 0)).toBe(true);
  });

  it("foresees how long what comes now will wait: it does not let a queue grow until that has waited", () => {
    const intake = new Intake(5_000, () => 0);
    let ticks = 0;
    // Each second 0.85 s are added to what deliveries have waited: far more comes than goes.
    const strain = (): Strain => ({ ...CALM, busy: 1, done: 100, waitMs: ++ticks * 212 });
    offer(intake, { github: 650 }, 16, strain);
    expect(intake.overloaded).toBe(true);
  });

  it("takes everything while what had waited for the store is delivered, and looks at waits again after that", () => {
    const intake = new Intake(5_000, () => 0);
    const late: Strain = { ...CALM, busy: 1, waitMs: 30_000, done: 100 };
    const during = offer(intake, { github: 200 }, 20, () => ({ ...late, catchingUp: true }));
    const after = offer(intake, { github: 200 }, 40, () => late);
    expect([during.get("github"), after.get("github")]).toEqual([4_000, 8_000]);
    offer(intake, { github: 200 }, 4, () => CALM);
    offer(intake, { github: 200 }, 20, () => late);
    expect(intake.overloaded).toBe(true);
  });

  it("says when to come again, at different times to different senders", () => {
    let chance = 0;
    const intake = new Intake(5_000, () => (chance = (chance + 0.37) % 1));
    offer(intake, { github: 400 }, 200, aProcess(300));
    const waits = new Set<number>();
    for (let nth = 0; nth < 2_000; nth++) {
      if (!intake.take("github")) waits.add(intake.refuse("github").retryAfterSeconds);
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10);
    expect(waits.size).toBeGreaterThan(4);
  });

  it("refuses nothing of quiet sources beside one that sends twenty times its share, and tells that one why", () => {
    const intake = new Intake(5_000, () => 0);
    const demand = { noisy: 2_000, calm: 40, quiet: 40 };
    const strain = aProcess(300);
    offer(intake, demand, 100, strain);
    expect(intake.overloaded).toBe(true);
    const taken = offer(intake, demand, 100, strain);
    expect(taken.get("calm")).toBe(4_000);
    expect(taken.get("quiet")).toBe(4_000);
    expect(taken.get("noisy")!).toBeLessThan(20_000);
    while (intake.take("noisy"));
    expect(intake.refuse("noisy").noisy).toBe(true);
  });

  it("takes less where the loop is late, also in a process that delivers nothing", () => {
    const intake = new Intake(5_000, () => 0);
    const late: Strain = { busy: 1, waitMs: undefined, lagMs: 1_900, done: undefined, catchingUp: false };
    offer(intake, { github: 1_000 }, 24, () => late);
    const taken = offer(intake, { github: 1_000 }, 12, () => late).get("github")! / 12;
    expect(taken).toBeLessThan(500);
    offer(intake, { github: 100 }, 60, () => ({ ...late, busy: 0.5, lagMs: 1 }));
    expect(intake.overloaded).toBe(false);
  });
});

describe("a fair share", () => {
  it.each([
    [[10, 10], 100, Infinity],
    [[10, 200], 100, 90],
    [[100, 200], 100, 50],
    [[10, 50, 200], 100, 45],
    [[], 100, 100],
  ])("of %j when there is room for %d is %d", (demands, most, share) => {
    expect(fairShare(demands, most)).toBe(share);
  });
});

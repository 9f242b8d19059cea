/** Holds in Redis: a hash each, with what waits by the time it runs out. Every change is one script; nobody's word is lost between two steps. */
import type { DeliveryId } from "../../core/delivery.ts";
import type { Draft, Edit, Hold, HoldId, HoldState, Terms, Vote } from "../../core/hold.ts";
import type { Page, Paging } from "../../history.ts";
import type { Clock, Holds } from "../../ports.ts";
import type { Queues } from "../queues/bullmq.ts";
import { scoreCursor, scoreOf } from "../history/cursor.ts";
import { NEVER, holdScripts } from "./hold-scripts.ts";
import type { Lines } from "./lines.ts";
import { READY_KEY } from "../queues/ready.ts";
import type { DeliveryMeta } from "../record/format.ts";
import { hourOf, keys } from "../record/keys.ts";
import { defineScripts, slimPipelines, type StoreConnection } from "../store/redis.ts";

/** Holds that are looked at for one page. */
const LOOKED_AT = 5_000;
const CHUNK = 200;
/** A notice that is so late is made anew. */
const OWED_MS = 10_000;
/** Holds that ended: the latest are kept. */
const MAX_ENDED = 10_000;

/** What somebody, or the clock, says to a hold. */
export interface Decision {
  readonly what: "approve" | "reject" | "edit" | "expire";
  /** The hash that was looked at; undefined: whatever it is now. */
  readonly hash?: string;
  readonly vote: Vote;
  /** With `edit`. */
  readonly edit?: Edit;
}

/** What came of it; see `sbDecide`. */
export type Decided =
  | { readonly kind: "unknown" | "again" | "approved" | "rejected" | "expired" | "kept" | "early" }
  | { readonly kind: "over"; readonly state: HoldState }
  | { readonly kind: "late"; /** Epoch ms. */ readonly at: number }
  | { readonly kind: "changed"; readonly hash: string }
  | { readonly kind: "counted"; readonly count: number };

/** What a list of holds is narrowed by. */
export interface HoldFilter {
  readonly state?: HoldState;
  readonly route?: string;
  readonly target?: string;
  readonly source?: string;
  readonly delivery?: string;
}

export interface HoldStore extends Holds {
  decide(hold: Hold, decision: Decision): Promise<Decided>;
  /** Newest first. Throws ADMIN_CURSOR_STALE. */
  list(filter: HoldFilter & Paging): Promise<Page<Hold>>;
  waiting(): Promise<number>;
  /** Those of which somebody should have been told some seconds ago: who held them did not live to do so. */
  untold(): Promise<readonly Hold[]>;
  /** Decides those whose time is up, as their gates say; forgets what ended `keptMs` ago. Returns what was decided. */
  sweep(keptMs: number): Promise<readonly { readonly hold: Hold; readonly decided: Decided }[]>;
}

/** Holds over a connection that waits for the store, and the queues. */
export function createHolds(parts: {
  readonly commands: StoreConnection;
  readonly queues: Pick<Queues, "scripts" | "end">;
  readonly lines: Pick<Lines, "leave">;
  readonly clock: Clock;
}): HoldStore {
  const { commands, queues, lines, clock } = parts;
  const { sbHold, sbDecide, sbForgetHolds } = holdScripts;
  defineScripts(commands, {
    sbHold: { ...sbHold, lua: queues.scripts.finish + sbHold.lua },
    sbDecide: { ...sbDecide, lua: queues.scripts.add + sbDecide.lua },
    sbForgetHolds,
  });
  slimPipelines(commands, (name) => !Object.hasOwn(holdScripts, name));

  const readMany = async (ids: readonly HoldId[]): Promise<readonly Hold[]> => {
    const pipeline = commands.pipeline();
    for (const id of ids) pipeline.hgetall(keys.hold(id));
    const replies = (await pipeline.exec()) ?? [];
    return replies.flatMap(([error, fields]) => {
      if (error) throw error;
      return holdOf(fields as Record<string, string>) ?? [];
    });
  };

  const read = async (id: HoldId): Promise<Hold | undefined> => (await readMany([id]))[0];

  const decide: HoldStore["decide"] = async ({ id, route, delivery }, { what, hash = "", vote, edit }) => {
    const reason = vote.reason ?? `The gate of route \`${route}\`, hold ${id}.`;
    // JSON's last of two equal keys counts: whoever had it replayed before makes way for who gave it up.
    const end = `,"y":${JSON.stringify(vote.by)},"w":${JSON.stringify(reason)}}`;
    const short = [id, what, clock.now(), hash, vote.id].join("|");
    const edited = edit === undefined ? "" : JSON.stringify(edit);
    const given = [short, JSON.stringify(vote), edited, edit?.draft.hash ?? "", end];
    const reply = await commands.sbDecide(keys.hold(id), READY_KEY, ...given);
    const decided = decidedOf(reply as [string, unknown?]);
    if (decided.kind === "rejected" || decided.kind === "expired") await leaveLine(delivery);
    return decided;
  };

  /** What is given up lets the next of its line on; where it is killed before that, the line is mended as any other. */
  const leaveLine = async (id: DeliveryId): Promise<void> => {
    const text = await commands.hget(keys.event(id.slice(4, 30)), `d:${id.slice(30)}`);
    const line = text ? (JSON.parse(text) as DeliveryMeta).l : undefined;
    if (line !== undefined) await lines.leave(line, id);
  };

  return {
    read,
    decide,

    async hold(recorded, { terms, draft, why = "", notify }) {
      const { id, event, route, target } = recorded.delivery;
      const { source, receivedAt } = recorded.context;
      const now = clock.now();
      const received = Date.parse(receivedAt);
      const expires = terms.expiresAt ?? NEVER;
      const facts = [id, source, target, route, received, terms.approvals, expires, terms.onTimeout].join(
        "|",
      );
      const meta: DeliveryMeta = {
        ...{ r: route, t: target, s: "held", n: recorded.attempts, k: recorded.attemptsEver },
        ...{ g: recorded.trigger, u: now, o: terms.id },
        ...(terms.rule !== undefined && { v: terms.rule }),
        ...(recorded.by !== undefined && { y: recorded.by }),
        ...(recorded.version !== undefined && { i: recorded.version }),
        ...(recorded.delivery.answerTo !== undefined && { a: recorded.delivery.answerTo }),
        ...(recorded.delivery.line && { l: recorded.delivery.line.id }),
      };
      const news = { delivery: id, route, target, state: "held", attempt: recorded.attempts, hold: terms.id };
      await queues.end(id, (finish) =>
        commands.sbHold(
          keys.event(event.slice(4)),
          keys.hold(terms.id),
          keys.ledger(hourOf(received)),
          [id, terms.id, now, source, target, expires, draft.hash, notify ? "owed" : "", facts].join("|"),
          JSON.stringify(meta),
          JSON.stringify(terms),
          JSON.stringify(draft),
          why,
          JSON.stringify(news),
          finish,
        ),
      );
    },

    async list({ limit, cursor, ...filter }) {
      const key = filter.state === "waiting" ? keys.waitingHolds : keys.holds;
      let below = cursor === undefined ? "+" : `(${scoreOf(cursor, { ...filter }).member}`;
      const items: Hold[] = [];
      for (let looked = 0; looked < LOOKED_AT; looked += CHUNK) {
        const ids = (await commands.zrange(key, below, "-", "BYLEX", "REV", "LIMIT", 0, CHUNK)) as HoldId[];
        for (const hold of await readMany(ids)) {
          if (!isWanted(hold, filter)) continue;
          items.push(hold);
          if (items.length === limit) return { items, next: scoreCursor(0, hold.id, { ...filter }) };
        }
        if (ids.length < CHUNK) return { items };
        below = `(${ids.at(-1)!}`;
      }
      return { items, next: scoreCursor(0, below.slice(1), { ...filter }) };
    },

    waiting: () => commands.zcard(keys.waitingHolds),

    told: async (id) => void (await commands.zrem(keys.owed, id)),

    async untold() {
      const ids = await commands.zrange(
        keys.owed,
        "-inf",
        clock.now() - OWED_MS,
        "BYSCORE",
        "LIMIT",
        0,
        CHUNK,
      );
      return readMany(ids as HoldId[]);
    },

    async sweep(keptMs) {
      const now = clock.now();
      const ids = (await commands.zrange(
        keys.dueHolds,
        "-inf",
        now,
        "BYSCORE",
        "LIMIT",
        0,
        CHUNK,
      )) as HoldId[];
      const done: { hold: Hold; decided: Decided }[] = [];
      for (const hold of await readMany(ids)) {
        const vote: Vote = {
          id: "gate",
          by: `the gate of ${hold.route}`,
          at: now,
          how: "timeout",
          reason: lapse(hold),
        };
        const decided = await decide(hold, { what: "expire", vote });
        done.push({ hold, decided });
      }
      await commands.sbForgetHolds(keys.endedHolds, keys.holds, now - keptMs, MAX_ENDED, CHUNK);
      return done;
    },
  };
}

function lapse({ route, createdAt, expiresAt }: Hold): string {
  const seconds = Math.round(((expiresAt ?? createdAt) - createdAt) / 1000);
  return `Nobody decided within ${seconds} s, as the gate of route \`${route}\` allows.`;
}

function decidedOf([word, more]: readonly [string, unknown?]): Decided {
  switch (word) {
    case "over":
      return { kind: "over", state: more as HoldState };
    case "late":
      return { kind: "late", at: Number(more) };
    case "changed":
      return { kind: "changed", hash: String(more) };
    case "counted":
      return { kind: "counted", count: Number(more) };
    default:
      return { kind: word as "approved" };
  }
}

function isWanted(hold: Hold, { state, route, target, source, delivery }: HoldFilter): boolean {
  return (
    (state === undefined || hold.state === state) &&
    (route === undefined || hold.route === route) &&
    (target === undefined || hold.target === target) &&
    (source === undefined || hold.source === source) &&
    (delivery === undefined || hold.delivery === delivery)
  );
}

/** A hold from its hash: s state, m terms, r draft, h hash, a n votes and their count, e edit, d decision, w u why and when it ended, x overdue, by its successor. */
function holdOf(of: Readonly<Record<string, string>>): Hold | undefined {
  const {
    s: state,
    m: terms,
    r: draft,
    h: hash,
    a: votes = "",
    e: edit,
    d: decided,
    w: why,
    u: at,
    x,
    by,
  } = of;
  if (state === undefined || terms === undefined || draft === undefined || hash === undefined)
    return undefined;
  return {
    ...(JSON.parse(terms) as Terms),
    state: state as HoldState,
    hash,
    draft: JSON.parse(draft) as Draft,
    given: JSON.parse(`[${votes}]`) as Vote[],
    ...(edit !== undefined && { edit: JSON.parse(edit) as Edit }),
    ...(decided !== undefined && { decided: JSON.parse(decided) as Vote }),
    ...(why !== undefined && { ended: { why, at: Number(at) } }),
    ...(x !== undefined && state === "waiting" && { isOverdue: true }),
    ...(by !== undefined && { replacedBy: by as HoldId }),
  };
}

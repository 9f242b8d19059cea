/** Refused requests: counted by hour, source and cause, the latest kept to look at. Fills the port `Refusals`. */
import { randomBytes } from "node:crypto";
import { eventId } from "../../core/ids.ts";
import type { Refusals } from "../../ports.ts";
import type { Refusal } from "../../core/refusal.ts";
import type { Page, Paging, RefusedRequest } from "../../history.ts";
import { findLatest, readLatest } from "./latest.ts";
import { createNotes } from "../store/notes.ts";
import { hourOf, keys } from "./keys.ts";
import type { StoreConnection } from "../store/redis.ts";

const KEPT = 2_000;
/** So many may wait for the store. */
const WAITING = 10_000;
/** So many of one flush are told to those who follow: more would be skipped there. */
const TOLD = 20;

/** Notes refused requests. */
export function createRefusals(commands: StoreConnection, ledgerSeconds: number): Refusals {
  const note = createNotes<Refusal>(commands, WAITING, (pipeline, group) => {
    const ledgers = new Set<string>();
    for (const { source, code, at } of group) {
      pipeline.hincrby(keys.refused, `${source}|${code}`, 1);
      pipeline.hincrby(keys.ledger(hourOf(at)), `${source}|refused|${code}`, 1);
      ledgers.add(keys.ledger(hourOf(at)));
    }
    for (const ledger of ledgers) pipeline.expire(ledger, ledgerSeconds);
    pipeline.lpush(keys.refusals, ...group.slice(-KEPT).map((refusal) => JSON.stringify(kept(refusal))));
    pipeline.ltrim(keys.refusals, 0, KEPT - 1);
    for (const { source, code, at } of group.slice(-TOLD)) {
      const news = { kind: "refused", source, code, at: new Date(at).toISOString() };
      pipeline.publish(keys.tail, JSON.stringify(news));
    }
  });
  return { note };
}

function kept(refusal: Refusal): RefusedRequest {
  return { id: `req_${eventId(refusal.at, randomBytes(10)).slice(4)}`, ...refusal };
}

/** The latest refused requests, newest first. */
export function readRefusals(
  commands: StoreConnection,
  { source, code, ...paging }: { readonly source?: string; readonly code?: string } & Paging,
): Promise<Page<RefusedRequest>> {
  const question = { kind: "refusals", source, code };
  return readLatest<RefusedRequest>(
    commands,
    keys.refusals,
    question,
    paging,
    (one) => (source ?? one.source) === one.source && (code ?? one.code) === one.code,
  );
}

/** One refused request; undefined where it is not kept. */
export function readRefusal(commands: StoreConnection, id: string): Promise<RefusedRequest | undefined> {
  return findLatest<RefusedRequest>(commands, keys.refusals, id);
}

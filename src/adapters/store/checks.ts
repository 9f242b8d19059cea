/** What is looked at before a given Redis is trusted with events: reachable, new enough, a primary, of a format that is known, evicting nothing, durable. */
import { setTimeout as pause } from "node:timers/promises";
import { SignalboxError, type ErrorCode } from "../../core/errors.ts";
import type { Log } from "../../ports.ts";
import type { Ability } from "./durability.ts";
import { FORMAT_KEY, unknownFormat } from "./format.ts";
import { connectOnce } from "./redis.ts";
import { addressOf, databaseOf, isCluster, isOverTls, type Target } from "./place.ts";

/** A store that passed. */
export interface CheckedStore {
  /** One plain line: what it is, where, how durable. */
  readonly describe: string;
  /** What an operator should know: sentences. */
  readonly warnings: readonly string[];
  /** What it can do so that nothing is lost with it. */
  readonly ability: Ability;
}

const TRY_MS = 3_000;

/**
 * Waits for the store, at most `withinMs`, and checks it. Throws SETTING_STORE_UNREACHABLE, SETTING_STORE_UNSUITED or
 * SETTING_INVALID; never with the password, nor with a cause, since ioredis' errors carry the AUTH command.
 */
export async function checkStore(target: Target, log: Log, withinMs = 10_000): Promise<CheckedStore> {
  const deadline = Date.now() + withinMs;
  for (let tries = 1; ; tries++) {
    const seen = await look(target, Math.min(TRY_MS, Math.max(deadline - Date.now(), 500)));
    if (!(seen instanceof Trouble)) return judge(seen, target);
    if (!seen.mayPass || Date.now() >= deadline) throw new SignalboxError(seen.code, seen.detail);
    if (tries === 1)
      log.warn({ store: addressOf(target), seconds: withinMs / 1000, error: seen.detail }, "store.waiting");
    await pause(250);
  }
}

/** Looks once: the store, or a sentence why it does not answer, which may pass. Throws as `checkStore` for what does not. */
export async function lookAtStore(target: Target): Promise<CheckedStore | string> {
  const seen = await look(target, TRY_MS);
  if (!(seen instanceof Trouble)) return judge(seen, target);
  if (!seen.mayPass) throw new SignalboxError(seen.code, seen.detail);
  return seen.detail;
}

interface Seen {
  /** Fields of INFO. */
  readonly info: ReadonlyMap<string, string>;
  /** Settings of CONFIG GET; undefined where the server does not tell. */
  readonly config: ReadonlyMap<string, string> | undefined;
  /** What the store tells of its format; null where it tells nothing. */
  readonly format: string | null;
}

/** Why the store could not be looked at. */
class Trouble {
  readonly detail: string;
  readonly mayPass: boolean;
  readonly code: ErrorCode;

  constructor(detail: string, mayPass: boolean, code: ErrorCode = "SETTING_STORE_UNREACHABLE") {
    this.detail = detail;
    this.mayPass = mayPass;
    this.code = code;
  }
}

async function look(target: Target, timeoutMs: number): Promise<Seen | Trouble> {
  const redis = connectOnce(target, timeoutMs);
  let first: Error | undefined;
  redis.on("error", (error: Error) => (first ??= error));
  const asking = ask(redis, databaseOf(target));
  // The deadline is of the whole try: each command's own begins anew.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("timed out")), timeoutMs);
  });
  try {
    return await Promise.race([asking, late]);
  } catch (error) {
    return troubleOf(first ?? error, addressOf(target), isOverTls(target));
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}

async function ask(redis: ReturnType<typeof connectOnce>, database: number): Promise<Seen> {
  await redis.connect();
  if (database > 0) await redis.select(database);
  const info = fieldsOf(await redis.info());
  if (info.get("loading") === "1") throw new Error("LOADING");
  const config = await redis
    .config("GET", "appendfsync", "save", "maxmemory-policy")
    .then(pairsOf, () => undefined);
  // A replica of a cluster or a store in need does not tell; why it is unfit is seen by the rest.
  const format = await redis.get(FORMAT_KEY).catch(() => null);
  return { info, config, format };
}

function troubleOf(error: unknown, at: string, overTls: boolean): Trouble {
  const { message = "", code = "" } = error as Error & { code?: string };
  if (/WRONGPASS|invalid password/i.test(message))
    return new Trouble(`${at} refused the user or password of REDIS_URL.`, false);
  if (message.includes("NOAUTH"))
    return new Trouble(`${at} asks for a password, and REDIS_URL has none.`, false);
  if (message.includes("NOPERM")) {
    return new Trouble(
      `${at} does not let the user of REDIS_URL run what is needed: grant it +@all on all keys.`,
      false,
    );
  }
  if (message.startsWith("All sentinels are unreachable")) {
    const isUnknown = /No such master|invalid reply/i.test(message) || !message.includes("Last error");
    return isUnknown
      ? new Trouble(`The sentinels know no primary of this name: ${at}.`, false)
      : new Trouble(`No sentinel answers: ${at}.`, true);
  }
  if (/cluster support disabled/i.test(message))
    return new Trouble(
      `The store at ${at} is no cluster; write redis:// for a single primary.`,
      false,
      "SETTING_STORE_UNSUITED",
    );
  if (message.startsWith("CLUSTERDOWN"))
    return new Trouble(`No node of the cluster at ${at} has the slot of the router's keys.`, true);
  if (/DB index/i.test(message))
    return new Trouble(`${at} has no such database as REDIS_URL names.`, false, "SETTING_INVALID");
  if (message.includes("LOADING")) return new Trouble(`${at} is still loading its data.`, true);
  if (code === "ECONNREFUSED")
    return new Trouble(`${at} refused the connection: nothing listens there.`, true);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new Trouble(`The host of ${at} cannot be found.`, true);
  if (overTls && /SSL|TLS|CERT|ALTNAME/i.test(`${code} ${message}`)) {
    const plain = /WRONG_VERSION_NUMBER|packet length|EPROTO/i.test(`${code} ${message}`);
    const wants = /CERTIFICATE_REQUIRED|CERTIFICATE.required|HANDSHAKE_FAILURE/i.test(`${code} ${message}`);
    const why = wants
      ? "it wants to see a certificate of ours (`cert` and `key` of REDIS_URL)"
      : plain
        ? "it does not speak TLS there (use redis://, or its TLS port)"
        : `its certificate is not trusted (${code})`;
    return new Trouble(`TLS to ${at} failed: ${why}.`, false);
  }
  if (/time(d)? ?out/i.test(`${code} ${message}`)) {
    const hint = overTls
      ? " A server without TLS at that port keeps silent: use redis://, or its TLS port."
      : "";
    return new Trouble(`${at} did not answer in time.${hint}`, true);
  }
  const hint = overTls ? "" : "; a server that wants TLS does so (rediss://)";
  return new Trouble(
    `The connection to ${at} broke before the store answered (${code || "closed"}${hint}).`,
    true,
  );
}

function judge({ info, config, format }: Seen, target: Target): CheckedStore {
  const at = addressOf(target);
  const refuse = (detail: string): never => {
    throw new SignalboxError("SETTING_STORE_UNSUITED", detail);
  };
  const name = info.get("server_name") === "valkey" ? "valkey" : "redis";
  const spoken = info.get("redis_version") ?? "0";
  const version = info.get("valkey_version") ?? spoken;
  if (Number.parseInt(spoken) < 7)
    refuse(`The store at ${at} is ${name} ${version}; expected redis 7.0 or later, or valkey.`);
  if (info.get("cluster_enabled") === "1" && !isCluster(target)) {
    refuse(
      `The store at ${at} is a node of a cluster; expected a single primary, or the cluster as redis+cluster://…`,
    );
  }
  if (info.get("role") === "slave") {
    refuse(`The store at ${at} is a replica, which takes no events; point REDIS_URL at its primary.`);
  }
  const strange = unknownFormat(format);
  if (strange !== undefined) refuse(`The store at ${at} ${strange}.`);
  const policy = config?.get("maxmemory-policy") ?? info.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    refuse(
      `The store at ${at} has maxmemory-policy ${policy}, by which it drops events when memory is short; expected ` +
        "noeviction. Run `redis-cli CONFIG SET maxmemory-policy noeviction` and put `maxmemory-policy noeviction` into redis.conf.",
    );
  }
  const warnings =
    policy === undefined
      ? [`Whether the store at ${at} evicts could not be seen; it must be noeviction.`]
      : [];
  const { durable, warning } = durabilityOf(info, config, at);
  if (warning !== undefined) warnings.push(warning);
  if (isCluster(target) && info.get("connected_slaves") === "0") {
    warnings.push(
      `The node of the cluster at ${at} that holds the router's keys has no replica: nothing takes its place when it fails.`,
    );
  }
  const describe = `${name} ${version} at ${at}, ${durable}, ${policy ?? "eviction unknown"}`;
  const [major = 0, minor = 0] = spoken.split(".").map(Number);
  const ability: Ability = {
    at,
    appendOnly: info.get("aof_enabled") === "1",
    appendfsync: config?.get("appendfsync"),
    version: [major, minor],
    replicas: Number(info.get("connected_slaves") ?? 0),
  };
  return { describe, warnings, ability };
}

/** What a power cut costs. */
function durabilityOf(
  info: Seen["info"],
  config: Seen["config"],
  at: string,
): { durable: string; warning?: string } {
  const fsync = config?.get("appendfsync");
  if (info.get("aof_enabled") === "1") {
    if (fsync === "always") return { durable: "append-only file synced always" };
    if (fsync === "everysec") return { durable: "append-only file synced every second" };
    const how =
      fsync === undefined
        ? "how often it is synced could not be seen"
        : "it is synced when the system likes (appendfsync no)";
    const warning = `The store at ${at} keeps an append-only file, and ${how}: a power cut may lose accepted events of more than a second.`;
    return { durable: "append-only file", warning };
  }
  const advice = "Run `redis-cli CONFIG SET appendonly yes` and put `appendonly yes` into redis.conf.";
  if (config === undefined) {
    const warning = `The store at ${at} keeps no append-only file, and whether it saves snapshots could not be seen: ask its provider what a restart loses.`;
    return { durable: "no append-only file", warning };
  }
  const loses = config.get("save") ? "every accepted event since its last snapshot" : "every accepted event";
  const durable = config.get("save") ? "snapshots only" : "nothing on disk";
  return {
    durable,
    warning: `The store at ${at} keeps no append-only file: when it ends or the power goes, ${loses} is lost. ${advice}`,
  };
}

/** INFO's lines of `name:value`. */
function fieldsOf(text: string): Map<string, string> {
  const lines = text.split("\r\n").filter((line) => line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}

/** CONFIG GET's flat list of names and values. */
function pairsOf(reply: unknown): Map<string, string> | undefined {
  if (!Array.isArray(reply)) return undefined;
  const flat = reply.map(String);
  return new Map(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ""] as const] : [])));
}

/** Connections to the store: the only importer of ioredis. Four uses, each with its way to fail; the password is never told. */
import { Command, Redis, type ChainableCommander, type RedisOptions } from "ioredis";
import type { Address } from "../../core/store-url.ts";
import type { Log } from "../../ports.ts";
import { ownerConnector } from "./cluster-owner.ts";
import type { holdScripts } from "../waiting/hold-scripts.ts";
import type { lineScripts } from "../waiting/line-scripts.ts";
import type { operatorScripts } from "../record/operator-scripts.ts";
import type { scripts } from "../record/scripts.ts";
import { commandBytes } from "./resp.ts";
import { addressOf, placeOf, type Target } from "./place.ts";
import { tlsWith, type TlsTo } from "./tls.ts";
import type { versionScripts } from "../record/version-scripts.ts";

/** What ioredis writes for a command, where none of its arguments are bytes; its own way for those costs much more. */
const asText = Reflect.get(Command.prototype, "toWritable") as (
  this: Command,
  socket: object,
) => string | Buffer;
Command.prototype.toWritable = function (socket) {
  const { bufferMode, name, args } = this as unknown as { bufferMode: boolean; name: string; args: [] };
  return bufferMode ? commandBytes(name, args) : asText.call(this, socket);
};

type ScriptCalls<Result> = {
  readonly [
    Name in keyof (typeof scripts &
      typeof operatorScripts &
      typeof holdScripts &
      typeof versionScripts &
      ReturnType<typeof lineScripts>)
  ]: (...keysAndArguments: (string | number | Buffer)[]) => Result;
};

/** Commands to be sent together, in order and in one round trip; not a transaction. */
export type Pipeline = ScriptCalls<unknown> & ChainableCommander;

/** A connection. The record's scripts are callable once `defineScripts` was called on it. */
export type StoreConnection = { pipeline(): Pipeline } & ScriptCalls<Promise<unknown>> & {
    /** Takes the next delivery of a queue: see queue-scripts.ts. */
    sbTake(...keyAndArguments: (string | number)[]): Promise<unknown>;
    /** The scripts of those names, with bytes instead of texts. */
    sbSettleBuffer(...keysAndArguments: (string | number | Buffer)[]): Promise<unknown>;
    sbSettleFollowedBuffer(...keysAndArguments: (string | number | Buffer)[]): Promise<unknown>;
  } & Redis;

/** A command of the ingest side is answered or failed within so many ms. */
const INGEST_DEADLINE_MS = 1_000;
/** A command of the operator's side, likewise. */
const OPERATOR_DEADLINE_MS = 2_000;
/** Longest pause between two tries to connect, ms. */
const RETRY_MAX_MS = 1_000;
/** Silence in ms, while an answer is due, after which a connection counts as dead and is made anew. */
const SILENCE_MS = 15_000;
/** The same where sentinels, or the other nodes of a cluster, may know another primary by then. */
const PRIMARY_SILENCE_MS = 5_000;
/** A node of a cluster tells within so many ms who has which slot, or is passed over. */
const ASK_MS = 1_000;

/** For accepting: while the store is down, hung or lost every command fails at once, at the latest after a second. */
export function connectIngest(target: Target, log: Log): StoreConnection {
  return connect(target, log, "ingest", {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    commandTimeout: INGEST_DEADLINE_MS,
  });
}

/** For delivering: commands wait until the store is back, however long that takes. */
export function connectWorker(target: Target, log: Log): StoreConnection {
  return connect(target, log, "worker", { maxRetriesPerRequest: null, socketTimeout: SILENCE_MS });
}

/** For the operator's side: people, tokens, sessions. Fails within two seconds, and is tried again by who asked. */
export function connectOperator(target: Target, log: Log): StoreConnection {
  return connect(target, log, "operator", {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    commandTimeout: OPERATOR_DEADLINE_MS,
  });
}

/** For blocking reads, of at most 10 s each: nothing else may be sent on it. */
export function connectBlocking(target: Target, log: Log): StoreConnection {
  return connect(target, log, "blocking", { maxRetriesPerRequest: null, socketTimeout: SILENCE_MS });
}

/** One try for the start-up checks: no reconnecting, and no look at whether it is loading. */
export function connectOnce(target: Target, timeoutMs: number): Redis {
  return new Redis({
    ...optionsOf(target, () => null),
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: null,
    sentinelRetryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  });
}

/** Resolves when the connection answers; false when it did not within `timeoutMs`. */
export function whenReady(connection: StoreConnection, timeoutMs: number): Promise<boolean> {
  if (connection.status === "ready") return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (ready: boolean) => () => {
      clearTimeout(timer);
      connection.off("ready", onReady);
      resolve(ready);
    };
    const onReady = settle(true);
    const timer = setTimeout(settle(false), timeoutMs);
    connection.once("ready", onReady);
  });
}

/** A Lua script; without `numberOfKeys` that is its first argument. */
interface Script {
  readonly numberOfKeys?: number;
  readonly lua: string;
}

/** Makes Lua scripts callable by name on a connection and on its pipelines. Sent whole once, by hash afterwards. */
export function defineScripts(connection: StoreConnection, of: Readonly<Record<string, Script>>): void {
  for (const [name, script] of Object.entries(of)) connection.defineCommand(name, script);
}

/** The text of a script that others have defined on a connection; its name without a version. Throws where there is none. */
export function scriptOf(connection: StoreConnection, name: string): string {
  const { scriptsSet } = connection as unknown as Inside;
  const found = Object.entries(scriptsSet).find(([known]) => known.split(":", 1)[0] === name);
  if (found === undefined) throw new Error(`There is no script \`${name}\`.`);
  return found[1].lua;
}

/**
 * Keeps on a connection's pipelines only the scripts named: each new pipeline gets a property for every script that its
 * connection knows, and BullMQ brings more than fifty, which costs more than sending the pipeline.
 */
export function slimPipelines(connection: StoreConnection, keep: (name: string) => boolean): void {
  const known = (connection as unknown as Inside).scriptsSet;
  for (const name of Object.keys(known)) if (!keep(name)) Reflect.deleteProperty(known, name);
}

/** A connection as ioredis has it inside: its scripts. */
interface Inside {
  readonly scriptsSet: Record<string, { readonly lua: string; readonly numberOfKeys: number }>;
}

/** Changes scripts that others have defined on a connection; `change` has the name and the text. */
export function changeScripts(
  connection: StoreConnection,
  change: (name: string, lua: string) => string,
): void {
  const { scriptsSet } = connection as unknown as Inside;
  for (const [name, { lua, numberOfKeys }] of Object.entries(scriptsSet)) {
    const changed = change(name, lua);
    if (changed !== lua) connection.defineCommand(name, { numberOfKeys, lua: changed });
  }
}

/** ms between tries to connect. */
const retryMs = (tries: number): number => Math.min(50 * 2 ** (tries - 1), RETRY_MAX_MS);

function optionsOf(target: Target, retry: (tries: number) => number | null = retryMs): RedisOptions {
  if ("path" in target) return { path: target.path };
  const { addresses, database, username, password, tls: overTls, primary, ...place } = placeOf(target.url);
  const [{ host, port }] = addresses;
  const tls = overTls ? tlsWith(place.files) : undefined;
  const of = {
    db: database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  if (place.cluster === true) return clusterOptions(addresses, tls, of, retry);
  if (primary === undefined) return { ...of, host, port, ...(tls && { tls: tls(host) }) };
  const { sentinelUsername, sentinelPassword } = place;
  return {
    ...of,
    sentinels: addresses.map((one) => ({ ...one })),
    name: primary,
    // A primary that was voted out says READONLY once it is back. One that hangs says nothing: it is left after this silence.
    // (ioredis' own detector of failovers ends a connection for good where it hears of one while it connects anew.)
    socketTimeout: PRIMARY_SILENCE_MS,
    sentinelRetryStrategy: retryMs,
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(tls && { tls: tls(), enableTLSForSentinelMode: true, sentinelTLS: tls() }),
  };
}

/** A connection to the node of a cluster that owns the slot, found anew whenever it is made. */
function clusterOptions(
  seeds: readonly Address[],
  tls: TlsTo | undefined,
  login: RedisOptions,
  retry: (tries: number) => number | null,
): RedisOptions {
  const ask = async (address: Address): Promise<string> => {
    const node = new Redis({
      ...login,
      ...address,
      ...(tls && { tls: tls(address.host) }),
      lazyConnect: true,
      enableReadyCheck: false,
      disableClientInfo: true,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      connectTimeout: ASK_MS,
      commandTimeout: ASK_MS,
    });
    let first: Error | undefined;
    node.on("error", (error: Error) => (first ??= error));
    try {
      await node.connect();
      return (await node.cluster("NODES")) as string;
    } catch (error) {
      throw first ?? error;
    } finally {
      node.disconnect();
    }
  };
  function Connector(): unknown {
    return ownerConnector({ seeds, tls, ask, retryMs: retry });
  }
  return {
    ...login,
    Connector: Connector as unknown as NonNullable<RedisOptions["Connector"]>,
    socketTimeout: PRIMARY_SILENCE_MS,
    // ioredis waits for the handshake where it knows of TLS.
    ...(tls && { tls: tls() }),
  };
}

function connect(target: Target, log: Log, use: string, options: RedisOptions): StoreConnection {
  const connection = new Redis({
    ...optionsOf(target),
    connectionName: `signalbox-${use}`,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    enableAutoPipelining: false,
    retryStrategy: retryMs,
    // After a failover the old primary says READONLY, in a cluster MOVED: connect anew, and send that command again (2).
    reconnectOnError: (error) => (/^(READONLY|MOVED)\b/.test(error.message) ? 2 : false),
    ...options,
  });
  logOutages(connection, log, { connection: use, store: addressOf(target) });
  return connection as unknown as StoreConnection;
}

/** Two lines an outage: when it begins and when it is over. ioredis' errors hold the command, thus are not logged whole. */
function logOutages(connection: Redis, log: Log, fields: object): void {
  let lostAt: number | undefined;
  const lost = (why: string): void => {
    // Whoever ends a connection by `disconnect()` knows that it ends. ioredis takes its mark away before it tells of the end.
    const { manuallyClosing } = connection as unknown as { manuallyClosing?: boolean };
    const meant = manuallyClosing === true || connection.status === "end";
    if (lostAt !== undefined || meant) return;
    lostAt = Date.now();
    log.error({ ...fields, error: why }, "store.lost");
  };
  connection.on("error", (error: Error & { code?: string }) =>
    lost(error.message || (error.code ?? error.name)),
  );
  connection.on("close", () => lost("the connection was closed"));
  connection.on("ready", () => {
    if (lostAt !== undefined) log.info({ ...fields, outageMs: Date.now() - lostAt }, "store.recovered");
    lostAt = undefined;
  });
}

/** Calls targets over HTTP/1.1 with keep-alive: no redirects, no private addresses, no inflating, no proxies from the environment. */
import { isIP, type LookupFunction, type Socket } from "node:net";
import { buildConnector, Pool } from "undici";
import { inRanges, isPublic, type Range } from "../../core/address.ts";
import { SignalboxError } from "../../core/errors.ts";
import { checkSendable } from "../../core/sendable.ts";
import { isCertificateRefused } from "../../core/unreachable.ts";
import type { Http, Tls } from "../../ports.ts";
import { addressRefused, guardLookup, type Permit } from "./dns.ts";
import { Exchange } from "./exchange.ts";

/** What may be called, and how many connections an origin gets. `lookup` stands in for `dns.lookup`. */
export interface HttpOptions {
  /** Ranges that are called though they are not public. */
  readonly allowPrivate: readonly Range[];
  readonly connectionsPerOrigin?: number;
  readonly lookup?: LookupFunction;
  /** The program's version: requests that name their sender `signalbox` say which one. Not part of what people approve. */
  readonly version?: string;
}

const CONNECTIONS_PER_ORIGIN = 256;
/** Origins whose connections are kept; the one that was called longest ago gives way. Idle connections close after 4 s. */
const MAX_POOLS = 256;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16_384;

/**
 * A client for all targets. `close` aborts what is under way (FORWARD_CONNECTION_FAILED) and leaves no socket or timer.
 * Errors never hold the URL's path, query or credentials.
 */
export function createHttp(options: HttpOptions): Http & { close(): Promise<void> } {
  const permit: Permit = (address) => isPublic(address) || inRanges(address, options.allowPrivate);
  const connecting = new Set<Socket>();
  const named = {
    "user-agent": options.version === undefined ? "signalbox" : `signalbox/${options.version}`,
  };
  const pools = createPools(options.connectionsPerOrigin ?? CONNECTIONS_PER_ORIGIN, (tls) =>
    guardConnect(permit, options.lookup, connecting, tls),
  );
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        // undici 7 never uses a connection again to which it refused a request: those would use up the pool.
        const { origin, host, pathname, search } = checkSendable(request);
        const { method, body, timeoutMs, tls, keep } = request;
        const headers =
          request.headers["user-agent"] === "signalbox" ? { ...request.headers, ...named } : request.headers;
        const pool = pools.of(origin, tls);
        const exchange = new Exchange(host, timeoutMs, resolve, reject, keep);
        pool.dispatch({ method, path: pathname + search, headers, body: body ?? null }, exchange);
      }),
    async close() {
      for (const socket of connecting) socket.destroy();
      await pools.destroy();
    },
  };
}

/** A pool of connections for each origin (and `tls`, where a target has its own), at most MAX_POOLS of them. */
function createPools(connections: number, connecting: (tls: Tls | undefined) => buildConnector.connector) {
  const usual = connecting(undefined);
  const pools = new Map<string, Pool>();
  const alive = new Set<Pool>();
  let last: string | undefined;
  let stopped = false;

  function open(name: string, origin: string, tls: Tls | undefined): Pool {
    // The exchange has the one deadline; the client's own timers would restart with every chunk.
    const pool = new Pool(origin, {
      connections,
      connect: tls === undefined ? usual : connecting(tls),
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    alive.add(pool);
    pools.set(name, pool);
    if (pools.size > MAX_POOLS) close(pools.keys().next().value!);
    return pool;
  }

  /** Lets what is under way come to its end. */
  function close(name: string): void {
    const pool = pools.get(name);
    pools.delete(name);
    if (pool !== undefined) void pool.close().finally(() => alive.delete(pool));
  }

  return {
    of(origin: string, tls: Tls | undefined): Pool {
      if (stopped) {
        const detail = `${origin} was not called: the router is stopping.`;
        throw new SignalboxError("FORWARD_CONNECTION_FAILED", detail);
      }
      const name = tls === undefined ? origin : `${origin} ${tls.id}`;
      const pool = pools.get(name) ?? open(name, origin, tls);
      // Last in the map's order is the one called last.
      if (name !== last) {
        pools.delete(name);
        pools.set(name, pool);
        last = name;
      }
      return pool;
    },
    async destroy(): Promise<void> {
      stopped = true;
      await Promise.all([...alive].map((pool) => pool.destroy()));
    },
  };
}

/** Opens connections to permitted addresses only, and keeps those that are not open yet in `connecting`. */
function guardConnect(
  permit: Permit,
  lookup: LookupFunction | undefined,
  connecting: Set<Socket>,
  tls: Tls | undefined,
): buildConnector.connector {
  // Said although it is the default: NODE_TLS_REJECT_UNAUTHORIZED=0 must not switch the check off.
  const always = { rejectUnauthorized: true, allowH2: false, maxCachedSessions: MAX_POOLS };
  const open = buildConnector({
    ...always,
    ...(tls?.ca !== undefined && { ca: tls.ca }),
    ...(tls?.certificate !== undefined && { cert: tls.certificate, key: tls.key }),
    ...(tls?.passphrase !== undefined && { passphrase: tls.passphrase }),
    ...(tls?.serverName !== undefined && { servername: tls.serverName }),
    lookup: guardLookup(permit, lookup),
    timeout: CONNECT_TIMEOUT_MS,
  });
  return (target, callback) => {
    // Sockets do not look literal addresses up.
    if (isIP(target.hostname) !== 0 && !permit(target.hostname)) {
      queueMicrotask(() => callback(addressRefused(target.hostname, [target.hostname]), null));
      return;
    }
    const socket = open(target, (...result) => {
      connecting.delete(socket);
      const [error, connected] = result;
      const address = connected?.remoteAddress;
      if (error === null && address !== undefined && permit(address)) keepCause(connected);
      if (error !== null || address === undefined || permit(address)) return callback(...result);
      connected.destroy();
      callback(addressRefused(target.hostname, [address]), null);
    }) as unknown as Socket; // which it returns, whatever its type says
    connecting.add(socket);
  };
}

/** In TLS 1.3 our certificate is refused after the handshake; the end of the connection that follows must not hide it. */
function keepCause(socket: Socket): void {
  socket.on("error", (error) => {
    if (isCertificateRefused(error)) socket.destroy(error);
  });
}

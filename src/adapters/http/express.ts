/** HTTP in: two Express apps on two servers, one for senders, one for the operator. The exact bytes are kept. */
import { isIPv6 } from "node:net";
import express, { type Express, type NextFunction, type Request as In, type Response as Out } from "express";
import { IncomingMessage, ServerResponse, createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SignalboxError, framesOf } from "../../core/errors.ts";
import type { Headers, Request } from "../../core/event.ts";
import { problemOf, type Reply } from "../../core/reply.ts";
import type { Log } from "../../ports.ts";
import { admitted, turnAway, type Door } from "./door.ts";
import { stream, type Streaming } from "./event-stream.ts";
import { readBody } from "./http-body.ts";
import type { Mount } from "./mount.ts";
import { SAFE_HEADERS } from "./safe-headers.ts";
import { send } from "./write-reply.ts";

/** What the senders' side needs: the size limit of a source, and the answer to a request or to its failure. */
export interface Ingest extends Door {
  receive(source: string, request: Request): Promise<Reply>;
  /** The answer to a request that could not even be read. */
  refuse(source: string, error: unknown, request: Request): Reply;
}

/** One call of the operator's side, read whole and not yet trusted. */
export interface AdminCall {
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly address: string;
  readonly body: Buffer;
}

/** A call before it is known what it is for. */
export type BareCall = Omit<AdminCall, "parameters" | "body">;

/** What is served at a path of the operator's side. Never throws. */
export interface ServedPath {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly answer: (call: AdminCall) => Promise<Reply | Streaming>;
}

/** The operator's side: paths, mounts, and what stands where neither does (the pages of the dashboard). */
export interface Operator {
  readonly paths: readonly ServedPath[];
  readonly mounts: readonly Mount<BareCall>[];
  /** Before anything else: may this call come in at all? */
  readonly guard: (call: { method: string; headers: Headers }) => SignalboxError | undefined;
  readonly otherwise: (call: BareCall) => Reply | undefined;
}

/** The page of an error code; undefined where there is no such code. Served on both sides. */
export type ErrorPage = (code: string) => Reply | undefined;

/** Where is told of what nobody foresaw. */
type Logging = Pick<Log, "error">;

const NOTHING = Buffer.alloc(0);

/** The app that senders reach: `/hooks/:source`, the pages of error codes, and nothing else. */
export function ingestApp(ingest: Ingest, page: ErrorPage, base: () => string, log: Logging): Express {
  const app = plainApp();
  app.all("/hooks/:source", async (request: In, response: Out) => {
    const before = admitted.get(request);
    const arrivedAt = before ?? performance.now();
    const source = request.params["source"] as string;
    const max = ingest.maxBodyBytes(source);
    if (max !== undefined && before === undefined) {
      ingest.gate.came(source);
      if (!ingest.gate.take(source)) return turnAway(ingest, source, request, response, base());
    }
    let read: Request | undefined;
    let reply: Reply;
    try {
      const body = max === undefined ? NOTHING : await readBody(request, max);
      read = requestOf(request, body, arrivedAt);
      reply = await ingest.receive(source, read);
    } catch (error) {
      reply = ingest.refuse(source, error, read ?? requestOf(request, NOTHING, arrivedAt));
      response.setHeader("connection", "close");
    }
    if (reply.status === 405) response.setHeader("allow", "POST");
    if (!request.complete || ingest.isLeaving()) response.setHeader("connection", "close");
    send(response, reply, base());
  });
  errorPages(app, page, base);
  finish(app, base, "ACCEPT_PATH_UNKNOWN", log);
  return app;
}

/** A call of the operator's side may carry so much. */
const ADMIN_BODY_BYTES = 2_097_152;

/** The operator's app. */
export function adminApp(operator: Operator, page: ErrorPage, base: () => string, log: Logging): Express {
  const app = plainApp();
  app.use((request: In, response: Out, next: NextFunction) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
    const refused = operator.guard({ method: request.method, headers: headersOf(request) });
    if (refused === undefined) next();
    else send(response, problemOf(refused), base());
  });
  errorPages(app, page, base);
  for (const { path, open } of operator.mounts) {
    app.use(path, async (request: In, response: Out, next: NextFunction) => {
      const opened = await open(bareCallOf(request));
      return typeof opened === "function" ? opened(request, response, next) : send(response, opened, base());
    });
  }
  for (const path of exactFirst(new Set(operator.paths.map((served) => served.path)))) {
    const here = operator.paths.filter((served) => served.path === path);
    app.all(path, async (request: In, response: Out) => {
      const served = here.find(
        ({ method }) => method === request.method || (method === "GET" && request.method === "HEAD"),
      );
      if (served === undefined) {
        response.setHeader("allow", here.map(({ method }) => method).join(", "));
        const detail = `${request.path} does not take ${request.method}.`;
        send(response, problemOf(new SignalboxError("ADMIN_METHOD_REFUSED", detail)), base());
        return;
      }
      const body = await readBody(request, ADMIN_BODY_BYTES).catch((cause: unknown) => {
        const large = cause instanceof SignalboxError && cause.code === "ACCEPT_BODY_TOO_LARGE";
        const detail = large
          ? `The body is larger than ${ADMIN_BODY_BYTES} bytes.`
          : "The body did not arrive whole.";
        throw new SignalboxError(large ? "ADMIN_BODY_TOO_LARGE" : "ADMIN_BODY_INVALID", detail, { cause });
      });
      const parameters = request.params as Record<string, string>;
      const answer = await served.answer({ ...bareCallOf(request), parameters, body });
      if ("open" in answer && request.method === "HEAD") response.status(200).end();
      else if ("open" in answer) stream(response, answer);
      else send(response, answer, base());
    });
  }
  app.use((request: In, response: Out, next: NextFunction) => {
    const reply = /^(GET|HEAD)$/.test(request.method) ? operator.otherwise(bareCallOf(request)) : undefined;
    if (reply === undefined) next();
    else send(response, reply, base());
  });
  finish(app, base, "ADMIN_PATH_UNKNOWN", log);
  return app;
}

/** `/dead-letters/discard` before `/dead-letters/:cause`, which would take it for a cause. */
function exactFirst(paths: Iterable<string>): readonly string[] {
  return [...paths].sort((one, other) => Number(one.includes(":")) - Number(other.includes(":")));
}

function bareCallOf(request: In): BareCall {
  return {
    method: request.method,
    path: request.originalUrl.split("?", 1)[0]!,
    query: new URLSearchParams(queryOf(request)),
    headers: headersOf(request),
    address: addressOf(request),
  };
}

/**
 * Connections that wait until the loop takes them, which the system may bound lower (`net.core.somaxconn`). Of what comes beyond, a sender
 * hears nothing and tries again a second later: Node's 511 are fewer than reconnect at once after a restart.
 */
const BACKLOG = 4_096;

/** A constructor that may be called without `new`. */
type Ordinary = (this: object, ...args: unknown[]) => void;

/** Base URL under which this machine reaches what listens on `host`. */
export function baseOf(host: string | undefined, port: number): string {
  const everywhere = host === undefined || host === "0.0.0.0" || host === "::";
  return `http://${everywhere ? "127.0.0.1" : isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Serves an app, or what stands before it; resolves with the port once it listens. Express's prototype swaps are made once, here, not per request. */
export async function serve(
  app: Express,
  port: number,
  host: string | undefined,
  listener: RequestListener = app,
): Promise<{ server: Server; port: number }> {
  // Express swaps the prototypes of each request and response, which costs more than routing: it finds them right.
  // Node's two are plain functions, so calling them on objects of our own keeps these in one fast shape.
  function Req(this: IncomingMessage, ...args: unknown[]): void {
    (IncomingMessage as unknown as Ordinary).apply(this, args);
  }
  function Res(this: ServerResponse, ...args: unknown[]): void {
    (ServerResponse as unknown as Ordinary).apply(this, args);
  }
  Req.prototype = app.request;
  Res.prototype = app.response;
  const server = createServer(
    {
      IncomingMessage: Req as unknown as typeof IncomingMessage,
      ServerResponse: Res as unknown as typeof ServerResponse,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      // Those two are looked at so often; by default it is every half minute.
      connectionsCheckingInterval: 5_000,
    },
    listener,
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, backlog: BACKLOG, ...(host !== undefined && { host }) }, resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.syscall !== "listen" || (cause.code !== "EADDRINUSE" && cause.code !== "EACCES")) {
      const detail = `The address ${host ?? "of this machine"} cannot be listened on (${cause.code}): SIGNALBOX_HOST and SIGNALBOX_ADMIN_HOST must be addresses of this machine.`;
      throw new SignalboxError("SETTING_INVALID", detail, { cause });
    }
    const code = cause.code === "EACCES" ? "SETTING_PORT_DENIED" : "SETTING_PORT_TAKEN";
    throw new SignalboxError(code, `Port ${port} cannot be listened on (${cause.code}).`, { cause });
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function plainApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  return app;
}

function errorPages(app: Express, page: ErrorPage, base: () => string): void {
  app.get("/docs/errors/:code", (request: In, response: Out, next: NextFunction) => {
    const found = page(request.params["code"] as string);
    if (found === undefined) next();
    else send(response, found, base());
  });
}

function finish(
  app: Express,
  base: () => string,
  unknown: "ACCEPT_PATH_UNKNOWN" | "ADMIN_PATH_UNKNOWN",
  log: Logging,
): void {
  app.use((_request: In, response: Out) => {
    send(response, problemOf(new SignalboxError(unknown, "Nothing is served at this path.")), base());
  });
  // Express knows an error handler by its four parameters. A path that cannot be decoded is a path that is not there.
  app.use((error: unknown, request: In, response: Out, next: NextFunction) => {
    const broken = error instanceof URIError || (error as { status?: number }).status === 400;
    const known = error instanceof SignalboxError;
    // Not the path as it was sent, which may hold a token: the one that is served.
    const { path } = (request.route ?? {}) as { path?: string };
    if (!broken && !known) log.error({ method: request.method, path, ...framesOf(error) }, "http.unforeseen");
    if (response.headersSent) return next(error);
    const code = unknown === "ACCEPT_PATH_UNKNOWN" ? "ACCEPT_INTERNAL" : "ADMIN_INTERNAL";
    const detail = broken ? "The path cannot be decoded." : "The router failed on this request.";
    const shown = known ? error : new SignalboxError(broken ? unknown : code, detail, { cause: error });
    send(response, problemOf(shown), base());
  });
}

function requestOf(request: In, body: Buffer, arrivedAt: number): Request {
  const path = request.url.split("?", 1)[0]!;
  return {
    method: request.method,
    path,
    query: queryOf(request),
    headers: headersOf(request),
    rawHeaders: request.rawHeaders,
    body,
    address: addressOf(request),
    arrivedAt,
  };
}

/** An IPv4 address that arrives on an IPv6 socket is written as the IPv4 address that it is. */
function addressOf(request: In): string {
  const address = request.socket.remoteAddress ?? "";
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}

function queryOf(request: In): string {
  const at = request.url.indexOf("?");
  return at < 0 ? "" : request.url.slice(at + 1);
}

function headersOf(request: In): Headers {
  const headers: Record<string, string> = {};
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  return headers;
}

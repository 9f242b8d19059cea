/** A target API on loopback that keeps what it was sent and answers as the test wishes. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Arrival {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as it came. */
  readonly bytes: Buffer;
  readonly json: unknown;
}

export type Answering = (arrival: Arrival, response: ServerResponse, nth: number) => void;

export interface TargetServer {
  readonly url: string;
  readonly port: number;
  readonly arrivals: Arrival[];
  /** How the next requests are answered; 200 at first. */
  answer: Answering;
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Record<string, string> = {}): Answering =>
  (_arrival, response) =>
    void response.writeHead(code, headers).end('{"said":"' + code + '"}');

/** Starts a target; `nth` counts arrivals of one `webhook-id`, from 1. */
export async function aTarget(answer: Answering = status(200)): Promise<TargetServer> {
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      const bytes = Buffer.concat(chunks);
      const body = bytes.toString("utf8");
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const arrival = {
        at: Date.now(),
        method: request.method ?? "",
        path: request.url ?? "",
        headers,
        body,
        bytes,
        json: parse(body),
      };
      target.arrivals.push(arrival);
      const id = headers["webhook-id"] ?? "";
      counts.set(id, (counts.get(id) ?? 0) + 1);
      target.answer(arrival, response, counts.get(id)!);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const target: TargetServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    arrivals: [],
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return target;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

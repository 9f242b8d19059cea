/** The demo's target: a small HTTP server on loopback that takes what the shipped workspace sends, so that nothing leaves the machine. */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { checkSendable, isSetByClient } from "../../core/sendable.ts";
import type { Http } from "../../ports.ts";

/** What the demo target was sent. */
export interface Taken {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface DemoTarget {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BYTES = 2_097_152;

/** The target itself, on the seam that HTTP is on too: it takes everything, answers 200, and tells what it took. */
export function createDemoTarget(took: (taken: Taken) => void): Http {
  return {
    send: async (request) => {
      const { pathname, search } = checkSendable(request);
      const body = request.body?.subarray(0, MAX_BYTES).toString("utf8") ?? "";
      took({ method: request.method, path: pathname + search, headers: request.headers, body });
      const headers = { "content-type": "application/json" };
      return Promise.resolve({ status: 200, headers, body: '{"ok":true}', headMs: 0, bodyMs: 0 });
    },
  };
}

/** The same behind a server on loopback, so that the demo's deliveries go over HTTP as real ones do. */
export async function startDemoTarget(port: number, took: (taken: Taken) => void): Promise<DemoTarget> {
  const target = createDemoTarget(took);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BYTES) chunks.push(chunk);
    });
    request.on("end", () => {
      void target
        .send({
          method: request.method ?? "",
          url: `http://127.0.0.1${request.url ?? ""}`,
          headers: endToEnd(request),
          body: Buffer.concat(chunks),
          timeoutMs: 1_000,
        })
        .then(
          (answer) => response.writeHead(answer.status, answer.headers).end(answer.body),
          () => response.writeHead(400).end(),
        );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Without what is about the connection: the client set it, not the request. */
function endToEnd({ headers }: IncomingMessage): Record<string, string> {
  const named = Object.entries(headers).filter(([name]) => !isSetByClient(name));
  return Object.fromEntries(named.map(([name, value]) => [name, String(value)]));
}

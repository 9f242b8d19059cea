/** The demo's target: a small HTTP server on loopback that takes what the shipped workspace sends, so that nothing leaves the machine. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What the demo target was sent. */
export interface Taken {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface DemoTarget {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BYTES = 2_097_152;

/** Listens on loopback, answers 200 to everything, and tells what it took. */
export async function startDemoTarget(port: number, took: (taken: Taken) => void): Promise<DemoTarget> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BYTES) chunks.push(chunk);
    });
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      took({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
      response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
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

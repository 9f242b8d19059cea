/** A local server in place of every host of providers' keys: real HTTP, real limits, the real cache. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createKeyTexts } from "../../src/adapters/http/key-texts.ts";
import { createHttp } from "../../src/adapters/http/undici.ts";
import { parseRange } from "../../src/core/address.ts";
import type { FetchText } from "../../src/core/fetch-text.ts";
import type { Http } from "../../src/ports.ts";

/** What was asked: the vendor's own URL, and what came with it. */
export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly authorization: string;
  readonly body: string;
}

export interface KeyHost {
  /** Fetches from the local server whatever URL it is given. */
  readonly fetchText: FetchText;
  /** Calls the local server whatever URL it is given. */
  readonly http: Http;
  readonly asked: Asked[];
  /** Moves the cache's clock on, in ms. */
  later(ms: number): void;
  close(): Promise<void>;
}

/** Starts it; `answer` gets the vendor's URL and writes the response. */
export async function startKeyHost(
  answer: (url: string, response: ServerResponse, asked: Asked) => void,
): Promise<KeyHost> {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const url = decodeURIComponent(request.url!.slice(1));
      const one = { url, method: request.method!, authorization: request.headers.authorization ?? "", body };
      asked.push(one);
      answer(url, response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const http = createHttp({ allowPrivate: [parseRange("127.0.0.0/8")!] });
  let now = 0;
  const fetchText = createKeyTexts(http, () => now);
  return {
    asked,
    http: { send: (request) => http.send({ ...request, url: base + encodeURIComponent(request.url) }) },
    fetchText: (request) => fetchText({ ...request, url: base + encodeURIComponent(request.url) }),
    later: (ms) => (now += ms),
    async close() {
      await http.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

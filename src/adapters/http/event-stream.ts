/** Server-sent events over one response: bounded for those who do not read, kept open through proxies. WHATWG HTML § 9.2. */
import type { ServerResponse } from "node:http";

/** Who is told server-sent events. One that reads too slowly is cut off: what waits for it is bounded. */
export interface StreamClient {
  readonly send: (event: string, data: string) => void;
  /** Server-sent events that are text already, blank lines and all. */
  readonly write: (text: string) => void;
  readonly end: () => void;
}

/** An answer that goes on until the caller leaves: server-sent events. `open` returns how to stop. */
export interface Streaming {
  readonly headers?: Readonly<Record<string, string>>;
  readonly open: (client: StreamClient) => () => void;
}

/** So much may wait for a client of a stream that does not read; beyond it the client is cut off. */
const STREAM_BYTES = 262_144;

/** Answers by server-sent events, with a comment every 15 s that keeps proxies from closing. */
export function stream(response: ServerResponse, { open, headers }: Streaming): void {
  response.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
  });
  const write = (text: string): void => {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength > STREAM_BYTES) response.destroy();
  };
  write(": open\n\n");
  const close = open({
    send: (event, data) => write(`event: ${event}\ndata: ${data.replaceAll("\n", "\ndata: ")}\n\n`),
    write,
    end: () => response.end(),
  });
  const beat = setInterval(() => write(": beat\n\n"), 15_000);
  response.on("close", () => {
    clearInterval(beat);
    close();
  });
}

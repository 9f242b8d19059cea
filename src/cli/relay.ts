/** Sending an event's request on from this machine as it came: method, query, headers and bytes, and nothing added but its id. */
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { RawRequest } from "../admin/shapes/raw.ts";

/** What the other side said; `code` where it said nothing. */
export type Relayed =
  | { readonly status: number; readonly ms: number; readonly body: string }
  | { readonly code: string; readonly ms: number };

/** Belongs to one connection, or is made anew for the bytes. RFC 9110 § 7.6.1. */
const NOT_OURS = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const PATIENCE_MS = 30_000;
/** So much of an answer is kept to be shown. */
const SHOWN_BYTES = 2_048;

/** The URL for an event; `{source}` in it is the source's name, and the query that came goes along. */
export function urlFor(forward: string, { source, query }: RawRequest): URL {
  const url = new URL(forward.replaceAll("{source}", encodeURIComponent(source)));
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) url.searchParams.append(name, String(one));
  return url;
}

/** A URL that can be forwarded to; undefined: it is none. */
export function forwardUrl(text: string): string | undefined {
  const probe = text.replaceAll("{source}", "x");
  return URL.canParse(probe) && /^https?:$/.test(new URL(probe).protocol) ? text : undefined;
}

/** Sends it once and waits for the answer, at most 30 s. Never throws. */
export function relay(forward: string, raw: RawRequest): Promise<Relayed> {
  const url = urlFor(forward, raw);
  const began = performance.now();
  const body = Buffer.from(raw.body, "base64");
  const headers = Object.fromEntries(Object.entries(raw.headers).filter(([name]) => !NOT_OURS.has(name)));
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const took = (): number => Math.round(performance.now() - began);
  return new Promise((resolve) => {
    const sent = send(url, {
      method: raw.method,
      headers: { ...headers, "content-length": body.length, "signalbox-event": raw.id },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    sent.on("error", (error: NodeJS.ErrnoException) =>
      resolve({
        code: error.name === "AbortError" ? "no answer in 30 s" : (error.code ?? error.name),
        ms: took(),
      }),
    );
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text = (text + chunk).slice(0, SHOWN_BYTES)));
      const done = (): void => resolve({ status: response.statusCode ?? 0, ms: took(), body: text });
      response.on("end", done).on("error", done);
    });
    sent.end(body);
  });
}

/** `signalbox replay <event> --to <url>`: an event's request, as it came, to a program of one's own; the router sends nothing. */
import type { RawRequest } from "../admin/shapes/raw.ts";
import { ask, type Asking } from "./ask.ts";
import { EXIT, end, note, out, outJson } from "./print.ts";
import { forwardUrl, relay, urlFor } from "./relay.ts";

/** Sends it from this machine, once; exit code 1 where that was not answered by a 2xx. */
export async function replayTo(id: string, to: string, options: Asking): Promise<void> {
  const forward = forwardUrl(to);
  if (!id.startsWith("evt_") || forward === undefined) {
    note("With an id, --to is for an event (evt_…), and the URL of a program that listens.");
    return end(EXIT.usage);
  }
  const raw = await ask<RawRequest>(options, `/api/v1/events/${encodeURIComponent(id)}/raw`);
  if (raw === undefined) return;
  const relayed = await relay(forward, raw);
  const url = urlFor(forward, raw).href;
  const good = "status" in relayed && relayed.status >= 200 && relayed.status < 300;
  if (!good) end(EXIT.failed);
  if (options.json) return outJson({ event: id, url, ...relayed });
  out(`${raw.method} ${url}  ${"status" in relayed ? relayed.status : relayed.code}  ${relayed.ms} ms`);
  if ("status" in relayed && relayed.body !== "") out(relayed.body);
}

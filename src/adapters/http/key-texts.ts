/** Fetches providers' public keys: one request at a time for each URL, kept for an hour, failures for half a minute. */
import { createHash } from "node:crypto";
import type { FetchText } from "../../core/fetch-text.ts";
import type { Http } from "../../ports.ts";

const KEEP_MS = 3_600_000;
const KEEP_FAILURE_MS = 30_000;
/** A list that lacks a key is asked for anew at most so often. */
const ANEW_MS = 60_000;
/** The sender of the request that needs the key waits for its answer. */
const TIMEOUT_MS = 3_000;
/** Requests name the key, so that anybody can have keys asked for: so many in a second, and so many are kept. */
const MOST_A_SECOND = 10;
const MOST_KEPT = 500;
/** Microsoft's list of keys takes some 20 KB; a larger text than this is none. */
const MAX_BYTES = 131_072;

interface Entry {
  readonly text: Promise<string>;
  readonly at: number;
  failed: boolean;
}

/** The fetcher; `now` is a clock in ms that never goes back. Throws where a key cannot be had. */
export function createKeyTexts(http: Http, now: () => number = () => performance.now()): FetchText {
  const entries = new Map<string, Entry>();
  let second = 0;
  let inSecond = 0;

  const isKnown = (entry: Entry, anew: boolean): boolean => {
    const age = now() - entry.at;
    if (entry.failed) return age < KEEP_FAILURE_MS;
    return age < (anew ? ANEW_MS : KEEP_MS);
  };

  const mayAsk = (): boolean => {
    const present = Math.floor(now() / 1000);
    if (present !== second) [second, inSecond] = [present, 0];
    inSecond += 1;
    return inSecond <= MOST_A_SECOND;
  };

  return ({ url, headers = {}, post, anew = false, binary = false }) => {
    const name = createHash("sha256")
      .update(JSON.stringify([url, headers, post, binary]))
      .digest("base64");
    const known = entries.get(name);
    if (known !== undefined && isKnown(known, anew)) return known.text;
    if (!mayAsk()) return Promise.reject(new Error("Too many keys are asked for."));
    const entry: Entry = { text: ask(http, url, headers, post, binary), at: now(), failed: false };
    entry.text.catch(() => (entry.failed = true));
    entries.delete(name);
    entries.set(name, entry);
    if (entries.size > MOST_KEPT) entries.delete(entries.keys().next().value!);
    return entry.text;
  };
}

async function ask(
  http: Http,
  url: string,
  headers: Readonly<Record<string, string>>,
  post: string | undefined,
  binary: boolean,
): Promise<string> {
  const answer = await http.send({
    method: post === undefined ? "GET" : "POST",
    url,
    headers: {
      accept: "application/json, */*;q=0.5",
      ...(post !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    body: post === undefined ? undefined : Buffer.from(post),
    timeoutMs: TIMEOUT_MS,
    keep: { bytes: MAX_BYTES, encoding: binary ? "base64" : "utf8" },
  });
  if (answer.status !== 200) throw new Error(`The key's host answered ${answer.status}.`);
  if (answer.cut === true) throw new Error(`The key's host answered more than ${MAX_BYTES} bytes.`);
  return answer.body;
}

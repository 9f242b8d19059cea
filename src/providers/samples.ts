/** Realistic events of each provider, for `signalbox send` and tests: one file an event type. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readPath } from "./locate.ts";
import { put } from "./sign.ts";
import type { Draft } from "./sign.ts";
import { writeTime } from "./timestamp.ts";

const folder = new URL("../../src/providers/samples/", import.meta.url);

/** A sample event: body and headers as the provider sends them, without the signature. */
export interface Sample {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Places that are new with every event, and what stands there: text with `{uuid} {token} {s} {ms} {iso8601}`. */
  readonly fresh: Readonly<Record<string, string>>;
  /** JSON Schema 2020-12 of the body as rules see it, for events of this type in general. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Where the body was taken from, and its licence. */
  readonly origin?: string;
}

/** What makes one draft differ from the next. */
export interface Freshness {
  readonly uuid: string;
  /** Epoch ms. */
  readonly nowMs: number;
}

/** The provider's sample of this type, or undefined where there is none. */
export function findSample(provider: string, type: string): Sample | undefined {
  return samplesOf(provider).find((sample) => sample.type === type);
}

/** The event types of which there is a sample, sorted. */
export function sampleTypes(provider: string): string[] {
  return samplesOf(provider)
    .map((sample) => sample.type)
    .sort();
}

function samplesOf(provider: string): Sample[] {
  const own = new URL(`${provider}/`, folder);
  if (!/^[a-z][a-z0-9-]*$/.test(provider) || !existsSync(own)) return [];
  const files = readdirSync(own).filter((name) => name.endsWith(".json"));
  return files.map((name) => JSON.parse(readFileSync(new URL(name, own), "utf8")) as Sample);
}

/** A draft of the sample, to be signed and posted to `url`: its ids and times are new, so that it is no repetition. */
export function draftSample(sample: Sample, url: string, { uuid, nowMs }: Freshness): Draft {
  const headers = Object.entries(sample.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const body = Buffer.from(typeof sample.body === "string" ? sample.body : JSON.stringify(sample.body));
  let draft: Draft = { method: "POST", url, headers: Object.fromEntries(headers), body };
  for (const [at, template] of Object.entries(sample.fresh)) {
    const text = fill(template, uuid, nowMs);
    const numeric = at.startsWith("json:") && typeof readPath(sample.body, at.slice(5)) === "number";
    draft = put(draft, at, text, numeric);
  }
  return draft;
}

function fill(template: string, uuid: string, nowMs: number): string {
  return template
    .replaceAll("{uuid}", uuid)
    .replaceAll("{token}", uuid.replaceAll("-", ""))
    .replace(/\{(s|ms|iso8601)\}/g, (_, unit: "s" | "ms" | "iso8601") => writeTime(nowMs, unit));
}

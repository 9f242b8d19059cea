/**
 * Sends spans to an OpenTelemetry collector over OTLP/HTTP: in batches, in the background, bounded. A collector that is away costs spans
 * and nothing else. Loaded only where traces are asked for.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { TracingSettings } from "../../core/otel-settings.ts";
import type { Span } from "../../core/span.ts";
import type { Log, Tracing } from "../../ports.ts";
import { otlpJson, otlpProtobuf } from "./otlp.ts";

/** Fills the port, and can be watched and stopped. */
export interface Exporter extends Tracing {
  /** Spans so far: sent, and lost because the collector was away or said no. */
  readonly counts: { readonly sent: number; readonly dropped: number };
  /** Sends what is left, for 2 s at most. */
  stop(): Promise<void>;
}

const LAST_MS = 2_000;
/** Between tries at a collector that is away; doubled each time. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** So often the log says that spans are lost, at most. */
const TOLD_MS = 60_000;
/** Trying again may help (OTLP, "Retryable Response Codes"). */
const PASSING: readonly number[] = [429, 502, 503, 504];

/** Begins at once; nothing is asked of the collector before there is a span. */
export function createExporter(settings: TracingSettings, version: string, log: Log): Exporter {
  const { batching, sampler, resource } = settings;
  let queue: Span[] = [];
  let sent = 0;
  let dropped = 0;
  let toldAt = -Infinity;
  let pauseMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;

  const tell = (error: string): void => {
    const now = performance.now();
    if (now - toldAt < TOLD_MS) return;
    toldAt = now;
    const { origin } = new URL(settings.url);
    const fix = "Is the collector up, and does OTEL_EXPORTER_OTLP_ENDPOINT name its HTTP port?";
    log.warn({ collector: origin, error, waiting: queue.length, dropped, fix }, "traces.unsent");
  };
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, batching.batch);
      const failed = await post(batch, settings, { resource, version });
      if (failed?.passing === true) {
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs === 0 ? FIRST_PAUSE_MS : pauseMs * 2);
        return tell(failed.why);
      }
      // Nothing is put before them meanwhile: what does not fit is dropped at the end.
      queue = queue.slice(batch.length);
      pauseMs = 0;
      if (failed === undefined) sent += batch.length;
      else {
        dropped += batch.length;
        tell(failed.why);
      }
      if (queue.length < batching.batch && !stopped) return;
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    running ??= drain().finally(() => {
      running = undefined;
      if (queue.length > 0 && !stopped) schedule();
    });
    return running;
  };
  const schedule = (): void => {
    if (timer !== undefined || running !== undefined) return;
    const isFull = queue.length >= batching.batch && pauseMs === 0;
    timer = setTimeout(() => void flush(), isFull ? 0 : Math.max(pauseMs, batching.delayMs));
    timer.unref();
  };

  return {
    isSampled: sampler,
    record(span) {
      if (queue.length >= batching.queue) {
        dropped += 1;
        return;
      }
      queue.push(span);
      if (queue.length === batching.batch && pauseMs === 0 && timer !== undefined) {
        clearTimeout(timer);
        timer = undefined;
      }
      schedule();
    },
    get counts() {
      return { sent, dropped };
    },
    async stop() {
      stopped = true;
      const late = new Promise((resolve) => setTimeout(resolve, LAST_MS).unref());
      await Promise.race([(running ?? Promise.resolve()).then(flush), late]);
      clearTimeout(timer);
    },
  };
}

const gzipped = promisify(gzip);

/** Undefined where the collector has them; else why not, and whether that may pass. Never rejects. */
async function post(
  spans: readonly Span[],
  { url, headers, encoding, gzip: compress, timeoutMs }: TracingSettings,
  origin: Parameters<typeof otlpJson>[1],
): Promise<{ readonly why: string; readonly passing: boolean } | undefined> {
  try {
    const plain = encoding === "json" ? otlpJson(spans, origin) : otlpProtobuf(spans, origin);
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        ...headers,
        "content-type": encoding === "json" ? "application/json" : "application/x-protobuf",
        ...(compress && { "content-encoding": "gzip" }),
      },
      body: new Uint8Array(compress ? await gzipped(plain) : plain),
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    if (answer.ok) return undefined;
    return { why: `it answered ${answer.status}`, passing: PASSING.includes(answer.status) };
  } catch (error) {
    return { why: reasonOf(error), passing: true };
  }
}

/** A code or a name alone: what else an error says may hold a header. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "it could not be asked";
  if (error.name === "TimeoutError") return "it did not answer in time";
  const { code } = (error.cause ?? error) as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}

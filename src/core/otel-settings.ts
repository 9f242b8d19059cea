/** OpenTelemetry's own variables, as far as traces are concerned: what is asked for, and what is wrong with it. Pure. */
import { SAMPLERS, USUAL_SAMPLER, samplerOf, type Sampler } from "./trace-sampling.ts";

/** How spans are batched; the standard's names and defaults. */
export interface Batching {
  readonly delayMs: number;
  readonly queue: number;
  readonly batch: number;
}

/** What was asked for. */
export interface TracingSettings {
  /** Where OTLP is posted to. */
  readonly url: string;
  /** May hold secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly encoding: "protobuf" | "json";
  readonly gzip: boolean;
  readonly timeoutMs: number;
  readonly sampler: Sampler;
  /** Attributes of this process. */
  readonly resource: Readonly<Record<string, string>>;
  readonly batching: Batching;
}

/** Nobody asks; or what is asked for, with warnings about what could not be followed; or why there are no traces in spite of it. */
export type ReadTracing =
  | { readonly kind: "off" }
  | { readonly kind: "refused"; readonly why: string; readonly fix: string }
  | { readonly kind: "on"; readonly settings: TracingSettings; readonly warnings: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

const USUAL_ENDPOINT = "http://localhost:4318";

/**
 * Reads them. Traces are asked for by `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or
 * `OTEL_TRACES_EXPORTER=otlp`. What is wrong costs traces, never the router. Never throws.
 */
export function readTracing(environment: Environment, version: string): ReadTracing {
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const ofTraces = (name: string): string | undefined =>
    value(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? value(`OTEL_EXPORTER_OTLP_${name}`);
  const exporter = value("OTEL_TRACES_EXPORTER");
  const asked = exporter ?? ofTraces("ENDPOINT");
  if (asked === undefined || exporter === "none" || value("OTEL_SDK_DISABLED")?.toLowerCase() === "true")
    return { kind: "off" };
  if (exporter !== undefined && exporter !== "otlp")
    return refused(`OTEL_TRACES_EXPORTER is ${shown(exporter)}`, "Set it to otlp, or to none.");
  const protocol = ofTraces("PROTOCOL") ?? "http/protobuf";
  if (protocol !== "http/protobuf" && protocol !== "http/json")
    return refused(
      `OTEL_EXPORTER_OTLP_PROTOCOL is ${shown(protocol)}`,
      "Set it to http/protobuf or http/json, with the collector's HTTP port, by custom 4318.",
    );
  const url = urlOf(value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), value("OTEL_EXPORTER_OTLP_ENDPOINT"));
  if (url === undefined)
    return refused(
      "OTEL_EXPORTER_OTLP_ENDPOINT is no http(s) URL",
      `Set it to one such as ${USUAL_ENDPOINT}.`,
    );
  const warnings: string[] = [];
  const number = (name: string, usual: number, least: number): number => {
    const text = value(name);
    if (text === undefined) return usual;
    const read = Number(text);
    if (Number.isFinite(read) && read >= least) return read;
    warnings.push(`${name} is no number from ${least}: ${usual} counts.`);
    return usual;
  };
  const sampler = readSampler(value, number, warnings);
  const queue = Math.floor(number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048, 1));
  const named = value("OTEL_SERVICE_NAME");
  return {
    kind: "on",
    warnings,
    settings: {
      url,
      headers: pairsOf(ofTraces("HEADERS"), "OTEL_EXPORTER_OTLP_HEADERS", warnings),
      encoding: protocol === "http/json" ? "json" : "protobuf",
      gzip: ofTraces("COMPRESSION") === "gzip",
      timeoutMs: number(
        value("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") === undefined
          ? "OTEL_EXPORTER_OTLP_TIMEOUT"
          : "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        10_000,
        1,
      ),
      sampler,
      resource: {
        "service.name": "signalbox",
        "service.version": version,
        ...pairsOf(value("OTEL_RESOURCE_ATTRIBUTES"), "OTEL_RESOURCE_ATTRIBUTES", warnings),
        ...(named !== undefined && { "service.name": named }),
      },
      batching: {
        delayMs: number("OTEL_BSP_SCHEDULE_DELAY", 5_000, 1),
        queue,
        batch: Math.min(queue, Math.floor(number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, 1))),
      },
    },
  };
}

function refused(what: string, fix: string): ReadTracing {
  return { kind: "refused", why: `${what}: there are no traces.`, fix };
}

function readSampler(
  value: (name: string) => string | undefined,
  number: (name: string, usual: number, least: number) => number,
  warnings: string[],
): Sampler {
  const given = value("OTEL_TRACES_SAMPLER") ?? USUAL_SAMPLER;
  const known = SAMPLERS.find((name) => name === given);
  if (known === undefined)
    warnings.push(
      `OTEL_TRACES_SAMPLER is ${shown(given)}, and not one of ${SAMPLERS.join(", ")}: ${USUAL_SAMPLER} counts.`,
    );
  return samplerOf(known ?? USUAL_SAMPLER, Math.min(1, number("OTEL_TRACES_SAMPLER_ARG", 1, 0)));
}

/** The one for traces is taken as it is; `/v1/traces` is put behind the one for everything. */
function urlOf(traces: string | undefined, all = USUAL_ENDPOINT): string | undefined {
  const text = traces ?? `${all.replace(/\/+$/, "")}/v1/traces`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

/** `key=value,key=value`, percent-encoded (W3C Baggage). */
function pairsOf(text: string | undefined, name: string, warnings: string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const part of (text ?? "").split(",").filter((one) => one.trim() !== "")) {
    const at = part.indexOf("=");
    const key = part.slice(0, Math.max(0, at)).trim();
    try {
      if (key === "") throw new Error("no key");
      pairs[decodeURIComponent(key)] = decodeURIComponent(part.slice(at + 1).trim());
    } catch {
      warnings.push(`${name} has a part that is no key=value: it is left out.`);
    }
  }
  return pairs;
}

function shown(text: string): string {
  return text.replace(/[^\w./-]/g, "?").slice(0, 40);
}

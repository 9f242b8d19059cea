/** Whether this process records traces: where OpenTelemetry's own variables ask for them. Where they do not, nothing is loaded. */
import { readTracing } from "../../core/otel-settings.ts";
import type { Log } from "../../ports.ts";
import type { Exporter } from "./opentelemetry.ts";

/** Undefined where nobody asks, or where what is asked for cannot be had: then the log says why, and the router serves. */
export async function beginTracing(
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
  log: Log,
): Promise<Exporter | undefined> {
  const read = readTracing(environment, version);
  if (read.kind === "off") return undefined;
  if (read.kind === "refused") {
    log.error({ error: read.why, fix: read.fix }, "traces.refused");
    return undefined;
  }
  for (const warning of read.warnings) log.warn({ warning }, "traces.doubtful");
  const { createExporter } = await import("./opentelemetry.ts");
  log.info(
    { collector: new URL(read.settings.url).origin, encoding: read.settings.encoding },
    "traces.begun",
  );
  return createExporter(read.settings, version, log);
}

/** The log: pino, one JSON line a step, on standard output: fills the port `Log`. */
import { pino, destination } from "pino";
import type { Log } from "../../ports.ts";

/**
 * Lines of JSON to `write`, by default standard output, there gathered for at most 100 ms.
 * The step ("event.accepted") stands under `step`, its time under `time` (ISO 8601).
 */
export function createLog(level: string, write?: (line: string) => void): Log {
  const log = pino(
    {
      level,
      base: null,
      messageKey: "step",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    write === undefined
      ? destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 })
      : { write },
  );
  return {
    debug: (fields, event) => log.debug(fields, event),
    info: (fields, event) => log.info(fields, event),
    warn: (fields, event) => log.warn(fields, event),
    error: (fields, event) => log.error(fields, event),
  };
}

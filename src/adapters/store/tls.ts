/** TLS to the store: certificates are always verified, against the files that its URL names or what Node trusts. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { SignalboxError } from "../../core/errors.ts";
import type { TlsFiles } from "../../core/store-url.ts";

/** Options of a TLS connection. */
export type TlsTo = (host?: string) => ConnectionOptions;

/** The options for each host, its name included where it has one. Throws SETTING_INVALID where a file cannot be read. */
export function tlsWith(files: TlsFiles = {}): TlsTo {
  const read = (name: keyof TlsFiles): Buffer | undefined => {
    const path = files[name];
    try {
      return path === undefined ? undefined : readFileSync(path);
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? "unknown cause";
      const detail = `\`${name}\` of REDIS_URL names the file ${path}, which cannot be read (${why}).`;
      throw new SignalboxError("SETTING_INVALID", detail);
    }
  };
  const [ca, cert, key] = [read("ca"), read("cert"), read("key")];
  return (host) => ({
    rejectUnauthorized: true,
    ...(host !== undefined && isIP(host) === 0 && { servername: host }),
    ...(ca && { ca }),
    ...(cert && key && { cert, key }),
  });
}

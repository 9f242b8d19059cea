/** Header values as they stood on the wire: Node joins some duplicates and silently drops others. */
import type { Request } from "../core/event.ts";

/** Longest header value that is looked into, in characters. */
export const MAX_HEADER_LENGTH = 8192;

/** Every value of the header, in order; usually none or one. */
export function headerValues(request: Request, name: string): readonly string[] {
  const key = name.toLowerCase();
  if (!Object.hasOwn(request.headers, key)) return [];
  const { rawHeaders } = request;
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i]!;
    if (raw.length === key.length && raw.toLowerCase() === key) values.push(rawHeaders[i + 1]!);
  }
  return values.length > 1 ? values : [request.headers[key]!];
}

/** An answer over HTTP, and how an error becomes one: application/problem+json by RFC 9457. */
import { errorTable, type SignalboxError } from "./errors.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** `type` leads to the code's page, relative to the server that answers; `absolute` puts a base before it. */
export function problemOf(error: SignalboxError): Reply {
  const {
    title,
    status = 500,
    fix,
  } = errorTable[error.code] as { title: string; status?: number; fix: string };
  const problem = { type: pagePath(error.code), title, status, code: error.code, detail: error.detail, fix };
  const wait = error.retryAfterSeconds;
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      ...(wait !== undefined && { "retry-after": String(Math.max(1, Math.ceil(wait))) }),
    },
    body: JSON.stringify(problem),
  };
}

/** Path of a code's page, on both ports. */
export function pagePath(code: string): string {
  return `/docs/errors/${code}`;
}

/** An answer over HTTP, and how an error becomes one: application/problem+json by RFC 9457. */
import { errorTable, type SchemaPart, type SignalboxError } from "./errors.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/**
 * `type` leads to the code's page, relative to the server that answers, and `schema` to the part of the schema that was
 * not satisfied. Senders are not told that part: the schemas' pages are on the operator's side.
 */
export function problemOf(error: SignalboxError): Reply {
  const {
    title,
    status = 500,
    fix,
  } = errorTable[error.code] as { title: string; status?: number; fix: string };
  const { code, detail, schema } = error;
  const problem = {
    type: pagePath(code),
    title,
    status,
    code,
    detail,
    fix,
    ...(schema !== undefined && !code.startsWith("ACCEPT_") && { schema: partPath(schema) }),
  };
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
function pagePath(code: string): string {
  return `/docs/errors/${code}`;
}

/** Path of the page of a schema's part, on the admin port; a pointer at a keyword ("…/type") leads to the part that has it. */
export function partPath({ name, pointer }: SchemaPart): string {
  const part = pointer.replace(/\/[^/]*$/, "");
  return `/docs/schemas/${encodeURIComponent(name)}#${encodeURI(part).replaceAll("#", "%23")}`;
}

/** AWS Signature Version 4 over the finished request: method, path, query, every header and the body. */
import aws4 from "aws4";
import type { AuthOf } from "../core/target-auth.ts";
import type { Credential } from "./credential.ts";

/** The credential. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function awsSigV4(auth: AuthOf<"aws-sigv4">): Credential {
  const { accessKeyId, secretAccessKey, sessionToken, region, service } = auth;
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  return {
    sets: ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"],
    sign: (request, nowMs) => {
      const { host, pathname, search } = new URL(request.url);
      const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
      const signed = aws4.sign(
        {
          host,
          path: pathname + search,
          method: request.method,
          region,
          service,
          headers: { ...request.headers, host, "x-amz-date": date },
          ...(request.body !== undefined && { body: request.body }),
        },
        keys,
      );
      return { ...request, headers: sendable(signed.headers ?? {}) };
    },
    secrets: [secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])],
  };
}

/** Host and length are signed as the client will send them, and set by it alone. */
function sendable(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return Object.fromEntries(named.filter(([name]) => name !== "host" && name !== "content-length"));
}

/** A reply as an answer: its `type` and `schema` lead to pages of the server that answers. */
import type { ServerResponse } from "node:http";
import type { Reply } from "../../core/reply.ts";

export function send(response: ServerResponse, reply: Reply, base: string): void {
  const problem = reply.headers["content-type"] === "application/problem+json";
  const body = problem
    ? String(reply.body).replace(/"(type|schema)":"\//g, (_, name: string) => `"${name}":"${base}/`)
    : reply.body;
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  if (problem && !response.hasHeader("cache-control")) response.setHeader("cache-control", "no-store");
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("content-length", Buffer.byteLength(body));
  response.end(response.req.method === "HEAD" ? undefined : body);
}

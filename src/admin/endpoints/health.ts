/** Health: is the process alive, is it ready. */
import { jsonReply, type Endpoint } from "../endpoint.ts";
import { takesRequests } from "../ready.ts";
import { health, readiness } from "../shapes/catalogue.ts";
import type { Watched } from "../watched.ts";

export function healthEndpoints({ ready }: Pick<Watched, "ready">, version: string): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/healthz",
      tag: "Health",
      summary: "Alive",
      scope: "public",
      reply: health,
      answer: () => ({ ok: true, version }),
    },
    {
      method: "GET",
      path: "/readyz",
      tag: "Health",
      summary: "Store reachable, rules loaded, workers making progress; 503 where not",
      scope: "public",
      reply: readiness,
      answer: async () => {
        const checks = await ready();
        const ok = Object.values(checks).every((check) => check.ok);
        return jsonReply(ok ? 200 : 503, { ok, checks });
      },
    },
    {
      method: "GET",
      path: "/readyz/ingest",
      tag: "Health",
      summary:
        "Requests are taken, be it into the spool while the store is away; 503 where not. For balancers before an ingest",
      scope: "public",
      reply: readiness,
      answer: async () => {
        const checks = await ready();
        const ok = takesRequests(checks);
        return jsonReply(ok ? 200 : 503, { ok, checks });
      },
    },
  ];
}

/** Does it add up? What came in against what became of it; and the settings as they are in force. */
import type { Endpoint } from "../endpoint.ts";
import { settings } from "../shapes/catalogue.ts";
import { balance } from "../shapes/state.ts";
import type { Watched } from "../watched.ts";

export function balanceEndpoints(watched: Watched): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/balance",
      tag: "Operating",
      summary: "Deliveries made against their states, by hour and source",
      scope: "read",
      query: { hours: { type: "integer", minimum: 1, maximum: 720, default: 24 } },
      reply: balance,
      answer: ({ query }) => watched.glance.balance(Number(query["hours"] ?? 24)),
    },
    {
      method: "GET",
      path: "/api/v1/settings",
      tag: "Operating",
      summary: "Settings as they are in force; a secret shows only that it is set",
      scope: "read",
      reply: settings,
      answer: () => ({ items: watched.settings() }),
    },
  ];
}

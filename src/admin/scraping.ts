/** What Prometheus scrapes, as an operation of the operator's side. */
import type { Endpoint } from "./endpoint.ts";

/** The page in Prometheus' text format. */
export interface Page {
  readonly contentType: string;
  readonly body: string;
}

/** GET /metrics. `open`: nobody but this machine reaches it, so nobody has to say who he is; else a token with `read` is wanted. */
export function scrapingEndpoints(scrape: () => Promise<Page>, open: boolean): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/metrics",
      tag: "Pages",
      summary: "Metrics in Prometheus' text format; from another machine a token with `read` is wanted",
      scope: open ? "public" : "read",
      answer: async () => {
        const { contentType, body } = await scrape();
        return { status: 200, headers: { "content-type": contentType, "cache-control": "no-store" }, body };
      },
    },
  ];
}

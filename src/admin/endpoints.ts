/** The operator's API as one table: what is asked, what is answered. */
import type { Endpoint } from "./endpoint.ts";
import { balanceEndpoints } from "./endpoints/balance.ts";
import { capturedSecretEndpoints } from "./endpoints/captured-secrets.ts";
import { deadLetterEndpoints } from "./endpoints/dead-letters.ts";
import { deliveryEndpoints } from "./endpoints/deliveries.ts";
import { documentEndpoints } from "./endpoints/documents.ts";
import { eventEndpoints } from "./endpoints/events.ts";
import { followingEndpoints } from "./endpoints/following.ts";
import { healthEndpoints } from "./endpoints/health.ts";
import { heldRequestEndpoints } from "./endpoints/held-requests.ts";
import { rawRequestEndpoints } from "./endpoints/raw-requests.ts";
import { requestEndpoints } from "./endpoints/requests.ts";
import { workspaceEndpoints } from "./endpoints/workspace.ts";
import type { Watched } from "./watched.ts";

export type { Watched };

/** Every endpoint there is. `more` are those that need other things than `Watched`; `version` is the router's. */
export function adminEndpoints(
  watched: Watched,
  more: readonly Endpoint[],
  version: string,
): readonly Endpoint[] {
  const endpoints: readonly Endpoint[] = [
    ...documentEndpoints(watched, version, () => endpoints),
    ...healthEndpoints(watched, version),
    ...eventEndpoints(watched),
    ...rawRequestEndpoints(watched),
    ...deliveryEndpoints(watched),
    ...requestEndpoints(watched),
    ...heldRequestEndpoints(watched),
    ...capturedSecretEndpoints(watched),
    ...deadLetterEndpoints(watched),
    ...workspaceEndpoints(watched),
    ...balanceEndpoints(watched),
    ...followingEndpoints(watched),
    ...more,
  ];
  return endpoints;
}

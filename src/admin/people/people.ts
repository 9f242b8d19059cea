/** People, tokens and the audit trail, put together: who calls, what they can do about accounts, what was done. */
import { createAudit } from "../../adapters/people/audit.ts";
import { createOidcClient } from "../../adapters/people/openid-client.ts";
import { createPeopleStore } from "../../adapters/people/people.ts";
import { createTries } from "../../adapters/rate-limit.ts";
import type { StoreConnection } from "../../adapters/store/redis.ts";
import { createSealer } from "../../adapters/secret-key.ts";
import { SignalboxError } from "../../core/errors.ts";
import type { Clock, Log } from "../../ports.ts";
import type { Settings } from "../../settings.ts";
import type { Answering } from "../answer.ts";
import type { Deciding } from "../deciding.ts";
import type { Endpoint } from "../endpoint.ts";
import { accountEndpoints } from "./account.ts";
import { auditEndpoints, createRecord } from "./audit.ts";
import { createIdentify } from "./identify.ts";
import { holdLinkEndpoints } from "./hold-links.ts";
import { logInEndpoints } from "./log-in.ts";
import { oidcEndpoints } from "./oidc.ts";
import type { PeopleParts } from "./parts.ts";
import { manyHoldsEndpoints } from "./many-holds.ts";
import { newSecret } from "./secrets.ts";
import { tokenEndpoints } from "./tokens.ts";
import { userEndpoints } from "./users.ts";

export interface People extends Pick<Answering, "identify" | "record"> {
  readonly endpoints: readonly Endpoint[];
  /** What this machine's command line sends; new with each start. */
  readonly localToken: string;
  /** The setup link while nobody has an account; it works once, and until the next start. */
  readonly setupLink: () => Promise<string | undefined>;
}

/** All operations on people, tokens and the audit trail. */
export function peopleEndpoints(parts: PeopleParts): readonly Endpoint[] {
  return [
    ...logInEndpoints(parts),
    ...oidcEndpoints(parts),
    ...accountEndpoints(parts),
    ...userEndpoints(parts),
    ...tokenEndpoints(parts),
    ...auditEndpoints(parts),
    ...holdLinkEndpoints(parts),
    ...manyHoldsEndpoints(parts),
  ];
}

const MINUTES = 60;

/** People over a connection that fails fast. Throws SETTING_INVALID for half an identity provider. */
export function createPeople(
  connection: StoreConnection,
  outside: {
    readonly clock: Clock;
    readonly log: Log;
    readonly settings: Settings;
    readonly version: string;
    readonly base: () => string;
    readonly deciding: Deciding;
  },
): People {
  const { clock, log, settings } = outside;
  const audit = createAudit(connection, clock, settings.auditDays);
  const local = newSecret("loc", "0".repeat(26));
  const setup = newSecret("set", "0".repeat(26));
  const parts: PeopleParts = {
    ...outside,
    audit,
    store: createPeopleStore(connection, audit),
    sealer: createSealer(settings.secretKey, settings.dataDir),
    tries: {
      pair: createTries(connection, "pair", 6, 15 * MINUTES),
      address: createTries(connection, "address", 100, 15 * MINUTES),
      name: createTries(connection, "name", 100, 60 * MINUTES),
    },
    oidc: oidcOf(settings, log),
    setup: { hash: setup.hash },
    localHash: local.hash,
  };
  const endpoints = peopleEndpoints(parts);
  const own = new Set(endpoints.flatMap(({ audit: action }) => action ?? []));
  return {
    endpoints,
    identify: createIdentify(parts),
    record: createRecord(parts, own),
    localToken: local.secret,
    setupLink: async () => {
      // A store that fails at this moment must not keep the router from taking webhooks.
      const everybody = await parts.store.everybody().catch((error: unknown) => {
        log.warn({ error: String(error) }, "setup.unknown");
        return undefined;
      });
      return everybody?.people.size === 0 ? `${parts.base()}/setup#${setup.secret}` : undefined;
    },
  };
}

function oidcOf(settings: Settings, log: Log): PeopleParts["oidc"] {
  const { oidcIssuer, oidcClientId, oidcClientSecret, oidcRoleClaim } = settings;
  if (oidcIssuer === undefined) return undefined;
  if (oidcClientId === undefined)
    throw new SignalboxError(
      "SETTING_INVALID",
      "SIGNALBOX_OIDC_CLIENT_ID must be set beside SIGNALBOX_OIDC_ISSUER.",
    );
  return createOidcClient(oidcIssuer, oidcClientId, oidcClientSecret, oidcRoleClaim, log);
}

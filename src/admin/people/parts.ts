/** What the operations on people need from outside, and the few steps that all of them take. */
import { randomBytes } from "node:crypto";
import type { AuditTrail, Entry } from "../../adapters/people/audit.ts";
import type { AdminCall } from "../../adapters/http/express.ts";
import type { PeopleStore } from "../../adapters/people/people.ts";
import type { Tries } from "../../adapters/rate-limit.ts";
import type { Sealer } from "../../adapters/secret-key.ts";
import { SignalboxError } from "../../core/errors.ts";
import { timeOrdered } from "../../core/ids.ts";
import type { Person } from "../../core/person.ts";
import type { Caller } from "../../core/role.ts";
import type { Clock, Log } from "../../ports.ts";
import type { Settings } from "../../settings.ts";
import type { Deciding } from "../deciding.ts";
import type { Call } from "../endpoint.ts";
import type { OidcClient } from "../../adapters/people/openid-client.ts";

export interface PeopleParts {
  readonly store: PeopleStore;
  readonly audit: AuditTrail;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly version: string;
  readonly tries: {
    /** One person from one address; one address; one person from anywhere. */
    readonly pair: Tries;
    readonly address: Tries;
    readonly name: Tries;
  };
  /** Undefined where no identity provider is set up. */
  readonly oidc: OidcClient | undefined;
  /** Base URL under which people reach the operator's side, without a slash at the end. */
  readonly base: () => string;
  /** This process's one-time setup token; its hash, in hex, until it is used. */
  readonly setup: { hash: string | undefined };
  /** Holds, and how people decide on them. */
  readonly deciding: Deciding;
  /** SHA-256 in hex of the token that this machine's command line sends. */
  readonly localHash: string;
}

/** What of a call is looked at before its body. */
export type Incoming = Pick<AdminCall, "method" | "path" | "query" | "headers" | "address">;

/** A new id: `usr_…`, `tok_…`. */
export function newId(prefix: string, { clock }: Pick<PeopleParts, "clock">): string {
  return `${prefix}_${timeOrdered(clock.now(), randomBytes(10))}`;
}

/** Who did it and whence, for an entry of the audit trail. */
export function by(caller: Pick<Caller, "id" | "name" | "impersonator"> | undefined, call: Incoming) {
  return {
    author: caller?.name ?? "nobody",
    ...(caller !== undefined && { authorId: caller.id }),
    ...(caller?.impersonator && {
      impersonator: caller.impersonator.name,
      impersonatorId: caller.impersonator.id,
    }),
    address: call.address,
    method: call.method,
    path: call.path,
  } satisfies Omit<Entry, "action">;
}

/** The caller of an operation that is not public. */
export function callerOf({ caller }: Call): Caller {
  if (caller === undefined)
    throw new SignalboxError("ADMIN_LOGIN_NEEDED", "The call carries no session and no token.");
  return caller;
}

/** Acting as somebody is never a way to his credentials, or to other people. */
export function refuseImpersonation({ impersonator }: Caller): void {
  if (impersonator === undefined) return;
  throw new SignalboxError(
    "ADMIN_SCOPE_MISSING",
    "Who acts as somebody else cannot change people or credentials.",
  );
}

/** The person of an id. Throws ADMIN_NAME_UNKNOWN. */
export function knownPerson(people: ReadonlyMap<string, Person>, id: string | undefined): Person {
  const person = people.get(id ?? "");
  if (person === undefined) throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no person of this id.");
  return person;
}

/** Tokens: the own ones, and those by which an admin acts as a person. Shown once; only a hash is kept. */
import type { Write } from "../../adapters/people/audit.ts";
import { writes, type Everybody } from "../../adapters/people/people.ts";
import { SignalboxError } from "../../core/errors.ts";
import { isActive, type ApiToken, type Person } from "../../core/person.ts";
import { isLower, scopesOf, scopesWithin, type Caller, type Role, type Scope } from "../../core/role.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import * as shapes from "../shapes/people.ts";
import { oneOf } from "../shapes/shape.ts";
import { incomingOf } from "./log-in.ts";
import { by, callerOf, knownPerson, newId, refuseImpersonation, type PeopleParts } from "./parts.ts";
import { newSecret } from "./secrets.ts";

const DAY_MS = 86_400_000;
/** Longest life of a token, and the life of one that does not say, in ms. */
const LIVES = {
  own: { longest: 366 * DAY_MS, usual: 365 * DAY_MS },
  impersonation: { longest: 30 * DAY_MS, usual: DAY_MS },
} as const;
/** Tokens that have ended are shown so long, then forgotten. */
const SHOWN_MS = 90 * DAY_MS;
/** Live tokens of one person. */
const MOST = 100;

interface Asked {
  readonly name: string;
  readonly description?: string;
  readonly scopes: readonly Scope[];
  readonly expires_at?: string;
  readonly reason?: string;
}

const state = { state: { ...oneOf("all", "active", "inactive"), default: "all" } };

export function tokenEndpoints(parts: PeopleParts): readonly Endpoint[] {
  const own = { tag: "Tokens", scope: "session" } as const;
  const acting = { tag: "Impersonation", scope: "admin" } as const;
  return [
    {
      ...own,
      method: "GET",
      path: "/api/v1/tokens",
      summary: "The own tokens, newest first",
      query: state,
      reply: shapes.tokens,
      answer: (call) => listed(call, parts, callerOf(call).id, false),
    },
    {
      ...own,
      method: "POST",
      path: "/api/v1/tokens",
      summary: "Makes a token; its secret is in this answer and nowhere else",
      body: shapes.newToken,
      status: 201,
      reply: shapes.token,
      audit: "token.created",
      answer: (call) => {
        const caller = callerOf(call);
        return make(call, parts, caller.id, (person) => refuseScopes(call, person.name, person.role));
      },
    },
    {
      ...own,
      method: "DELETE",
      path: "/api/v1/tokens/:id",
      summary: "Revokes an own token",
      audit: "token.revoked",
      answer: (call) => {
        const caller = callerOf(call);
        return revoke(call, parts, call.parameters["id"], (token) => isOf(token, caller.id, false));
      },
    },
    {
      ...acting,
      method: "GET",
      path: "/api/v1/users/:id/impersonation_tokens",
      summary: "Tokens by which admins act as this person",
      query: state,
      reply: shapes.tokens,
      answer: async (call) => {
        const { people } = await parts.store.everybody();
        return listed(call, parts, knownPerson(people, call.parameters["id"]).id, true);
      },
    },
    {
      ...acting,
      method: "POST",
      path: "/api/v1/users/:id/impersonation_tokens",
      summary: "Makes a token by which the admin acts as this person, who may do less; every act names both",
      body: shapes.newImpersonation,
      status: 201,
      reply: shapes.token,
      audit: "impersonation.created",
      answer: (call) => impersonate(call, parts),
    },
    {
      ...acting,
      method: "GET",
      path: "/api/v1/users/:id/impersonation_tokens/:token_id",
      summary: "One of them",
      reply: shapes.token,
      answer: async ({ parameters }) => {
        const [{ tokens, people }, used] = await Promise.all([
          parts.store.everybody(),
          parts.store.lastUsed(),
        ]);
        const person = knownPerson(people, parameters["id"]);
        const token = tokens.get(parameters["token_id"] ?? "");
        if (token === undefined || !isOf(token, person.id, true)) throw unknownToken();
        return tokenOf(token, parts.clock.now(), used.get(token.id));
      },
    },
    {
      ...acting,
      method: "DELETE",
      path: "/api/v1/users/:id/impersonation_tokens/:token_id",
      summary: "Revokes one of them, and ends the sessions that were begun by it",
      audit: "impersonation.revoked",
      answer: (call) => {
        const { id, token_id } = call.parameters;
        return revoke(call, parts, token_id, (token) => isOf(token, id ?? "", true));
      },
    },
  ];
}

/** Only a person who is an admin, as himself; only for who may do less; never more than both of them may. */
async function impersonate(call: Call, parts: PeopleParts): Promise<shapes.Token> {
  const caller = callerOf(call);
  refuseImpersonation(caller);
  if (parts.settings.impersonation !== "on")
    throw new SignalboxError(
      "ADMIN_SCOPE_MISSING",
      "Impersonation is switched off (SIGNALBOX_IMPERSONATION).",
    );
  if (caller.person === undefined)
    throw new SignalboxError(
      "ADMIN_SCOPE_MISSING",
      "Only a person can act as another; this call is nobody's.",
    );
  return make(
    call,
    parts,
    call.parameters["id"],
    (person, { people }) => {
      const admin = knownPerson(people, caller.person);
      if (!isLower(person.role, admin.role)) {
        const detail = `${person.name} is ${person.role}: expected somebody who may do less than ${admin.name}.`;
        throw new SignalboxError("ADMIN_SCOPE_MISSING", detail);
      }
      refuseScopes(call, `${person.name} and ${admin.name}`, person.role, admin.role);
    },
    caller,
  );
}

async function make(
  call: Call,
  parts: PeopleParts,
  owner: string | undefined,
  allow: (person: Person, everybody: Everybody) => void,
  admin?: Caller,
): Promise<shapes.Token> {
  const asked = call.body as Asked;
  const now = parts.clock.now();
  const expiresAt = expiryOf(asked.expires_at, now, admin === undefined ? LIVES.own : LIVES.impersonation);
  const id = newId("tok", parts);
  const { secret, hash } = newSecret(admin === undefined ? "pat" : "imp", id.slice(4));
  return parts.store.change((everybody) => {
    const person = knownPerson(everybody.people, owner);
    allow(person, everybody);
    const theirs = [...everybody.tokens.values()].filter(({ userId }) => userId === person.id);
    if (theirs.filter((token) => isActive(token, now)).length >= MOST)
      throw new SignalboxError("ADMIN_CONFLICT", `${person.name} has ${MOST} live tokens already.`);
    const token: ApiToken = {
      ...{ id, userId: person.id, name: asked.name, description: asked.description ?? "" },
      ...{ scopes: asked.scopes, hash, createdAt: now, expiresAt, revoked: false },
      ...(admin && { impersonation: { by: admin.id, byName: admin.name, reason: asked.reason ?? "" } }),
    };
    const forgotten = theirs.filter((old) => !isActive(old, now) && old.expiresAt + SHOWN_MS < now);
    const commands: Write[] = [...writes.token(token), ...forgotten.flatMap((old) => writes.noToken(old.id))];
    const entry = {
      ...by(callerOf(call), incomingOf(call, parts)),
      action: admin === undefined ? "token.created" : "impersonation.created",
      on: id,
      about: person.id,
      detail: admin === undefined ? asked.scopes.join(" ") : `as ${person.name}: ${asked.reason}`,
      status: 201,
    };
    return { writes: commands, entry, value: { ...tokenOf(token, now, undefined), token: secret } };
  });
}

async function revoke(
  call: Call,
  parts: PeopleParts,
  id: string | undefined,
  theirs: (token: ApiToken) => boolean,
): Promise<void> {
  const caller = callerOf(call);
  refuseImpersonation(caller);
  await parts.store.change(({ tokens }) => {
    const token = tokens.get(id ?? "");
    if (token === undefined || !theirs(token)) throw unknownToken();
    const action = token.impersonation === undefined ? "token.revoked" : "impersonation.revoked";
    const deed = { ...by(caller, incomingOf(call, parts)), action, on: token.id, about: token.userId };
    return {
      writes: writes.token({ ...token, revoked: true }),
      entry: { ...deed, status: 204 },
      value: undefined,
    };
  });
}

async function listed({ query }: Call, parts: PeopleParts, owner: string, impersonation: boolean) {
  const [{ tokens }, used] = await Promise.all([parts.store.everybody(), parts.store.lastUsed()]);
  const now = parts.clock.now();
  const wanted = query["state"];
  const items = [...tokens.values()]
    .filter((token) => isOf(token, owner, impersonation))
    .map((token) => tokenOf(token, now, used.get(token.id)))
    .filter(({ active }) => wanted === "all" || active === (wanted === "active"));
  return { items: items.sort((one, other) => other.created_at.localeCompare(one.created_at)) };
}

/** A token as the API shows one: after GitLab's `user_tokens`. */
function tokenOf(token: ApiToken, now: number, usedAt: number | undefined): shapes.Token {
  const { id, userId, name, description, scopes, revoked, createdAt, expiresAt, impersonation } = token;
  return {
    ...{ id, user_id: userId, name, description, scopes: [...scopes], active: isActive(token, now), revoked },
    impersonation: impersonation !== undefined,
    created_at: new Date(createdAt).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
    last_used_at: usedAt === undefined ? null : new Date(usedAt).toISOString(),
    ...(impersonation && { created_by: impersonation.byName, reason: impersonation.reason }),
  };
}

function isOf({ userId, impersonation }: ApiToken, owner: string, acting: boolean): boolean {
  return userId === owner && (impersonation !== undefined) === acting;
}

function refuseScopes(call: Call, whose: string, ...roles: readonly Role[]): void {
  const { scopes } = call.body as Asked;
  const held = scopesWithin(scopes, ...roles);
  const beyond = scopes.filter((scope) => !held.includes(scope));
  if (beyond.length === 0) return;
  const most = scopesWithin(scopesOf("admin"), ...roles).join(", ");
  const detail = `Scope ${beyond.join(", ")} is beyond ${whose}: expected some of ${most}.`;
  throw new SignalboxError("ADMIN_SCOPE_MISSING", detail);
}

function expiryOf(
  text: string | undefined,
  now: number,
  lives: (typeof LIVES)["own" | "impersonation"],
): number {
  if (text === undefined) return now + lives.usual;
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const at = iso ? Date.parse(text) : NaN;
  const days = lives.longest / DAY_MS;
  if (!(at > now) || at > now + lives.longest) {
    const detail = `The body: \`expires_at\` must be an ISO 8601 date or date-time in the next ${days} days.`;
    throw new SignalboxError("ADMIN_BODY_INVALID", detail);
  }
  return at;
}

function unknownToken(): SignalboxError {
  return new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no such token here.");
}

/** Log-in by an identity provider: there and back, bound to the browser that began it. The role is the provider's to say. */
import { timingSafeEqual } from "node:crypto";
import type { OidcClient, OidcPerson } from "../../adapters/people/openid-client.ts";
import { fold, writes } from "../../adapters/people/people.ts";
import { SignalboxError } from "../../core/errors.ts";
import { isLastAdmin, type Person } from "../../core/person.ts";
import type { Reply } from "../../core/reply.ts";
import { isLower, type Role } from "../../core/role.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { personName } from "../shapes/people.ts";
import { text } from "../shapes/shape.ts";
import { requireClosedLine } from "./connection.ts";
import { incomingOf, newSession } from "./log-in.ts";
import { by, newId, type PeopleParts } from "./parts.ts";
import { cookie, readCookie } from "./session-cookie.ts";
import { hashOf } from "./secrets.ts";

const STATE_COOKIE = "__Host-signalbox-oidc";
const STATE_MS = 600_000;
const CALLBACK = "/api/v1/oidc/callback";

export function oidcEndpoints(parts: PeopleParts): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/oidc/start",
      tag: "Session",
      summary: "Sends the browser to the identity provider",
      scope: "public",
      status: 303,
      answer: (call) => start(call, parts),
    },
    {
      method: "GET",
      path: CALLBACK,
      tag: "Session",
      summary: "Where the identity provider sends the browser back to; logs in",
      scope: "public",
      status: 303,
      query: Object.fromEntries(
        ["code", "state", "iss", "error", "error_description", "error_uri", "session_state", "scope"].map(
          (name) => [name, text],
        ),
      ),
      answer: (call) => callback(call, parts),
    },
  ];
}

async function start(call: Call, parts: PeopleParts): Promise<Reply> {
  const oidc = clientOf(parts);
  requireClosedLine(call.raw, parts.settings);
  await parts.tries.address.take(incomingOf(call, parts).address);
  const { url, state, kept } = await oidc.begin(`${parts.base()}${CALLBACK}`);
  await parts.store.leave(`oidc:${hashOf(state)}`, kept, STATE_MS);
  // Lax: the way back is a link from the provider's site.
  const stateCookie = cookie(state, { name: STATE_COOKIE, sameSite: "Lax", seconds: STATE_MS / 1000 });
  return { status: 303, headers: { location: url, "set-cookie": stateCookie }, body: "" };
}

async function callback(call: Call, parts: PeopleParts): Promise<Reply> {
  const oidc = clientOf(parts);
  requireClosedLine(call.raw, parts.settings);
  const state = Buffer.from(readCookie(call.raw.headers["cookie"], STATE_COOKIE) ?? "");
  const returned = Buffer.from(call.raw.query.get("state") ?? "");
  if (state.length === 0 || state.length !== returned.length || !timingSafeEqual(state, returned))
    throw new SignalboxError("ADMIN_OIDC_REFUSED", "This browser has not begun the log-in that came back.");
  const kept = await parts.store.take(`oidc:${hashOf(String(state))}`);
  if (kept === undefined)
    throw new SignalboxError(
      "ADMIN_OIDC_REFUSED",
      "The log-in took more than 10 minutes, or came back twice.",
    );
  const url = new URL(`${parts.base()}${CALLBACK}?${call.raw.query.toString()}`);
  const setCookie = await comeIn(await oidc.finish(url, String(state), kept), call, parts);
  return { status: 303, headers: { location: "/", "set-cookie": setCookie }, body: "" };
}

/** The session's cookie of the person who came back; makes the account at the first time. */
async function comeIn(who: OidcPerson, call: Call, parts: PeopleParts): Promise<string> {
  const role = roleOf(who.roles, parts.settings.oidcRoles);
  if (role === undefined)
    throw new SignalboxError(
      "ADMIN_OIDC_REFUSED",
      "The provider gives this person no role that may come in here.",
    );
  const name = nameOf(who);
  return parts.store.change(({ people }) => {
    const known = [...people.values()].find(
      ({ oidc }) => oidc?.issuer === who.issuer && oidc.subject === who.subject,
    );
    if (known?.blocked === true)
      throw new SignalboxError("ADMIN_OIDC_REFUSED", `${known.name} is blocked here.`);
    if (known === undefined && [...people.values()].some((other) => fold(other.name) === fold(name)))
      throw new SignalboxError("ADMIN_OIDC_REFUSED", `Somebody else is already called ${name} here.`);
    const before: Person = known ?? {
      ...{ id: newId("usr", parts), name, role, blocked: false, createdAt: parts.clock.now(), generation: 1 },
      oidc: { issuer: who.issuer, subject: who.subject },
    };
    // The last admin stays one, whatever the provider says: somebody must be able to mend the mapping.
    const keeps = before.role === role || (role !== "admin" && isLastAdmin(before, people.values()));
    const person = keeps ? before : { ...before, role, generation: before.generation + 1 };
    const session = newSession(person, parts);
    const entry = {
      ...by(person, incomingOf(call, parts)),
      action: "session.started",
      about: person.id,
      detail:
        known === undefined
          ? `by the identity provider, for the first time: ${person.role}`
          : "by the identity provider",
      status: 303,
    };
    return { writes: [...writes.person(person), ...session.writes], entry, value: session.setCookie };
  });
}

/** The highest role that the mapping gives for what the provider says. */
function roleOf(claimed: readonly string[], roles: ReadonlyMap<string, Role>): Role | undefined {
  let highest: Role | undefined;
  for (const claim of [...claimed, "*"]) {
    const role = roles.get(claim);
    if (role !== undefined && (highest === undefined || isLower(highest, role))) highest = role;
  }
  return highest;
}

/** A name that we take: what the provider says, without signs that names here do not have. */
function nameOf({ name, subject }: OidcPerson): string {
  const plain = name.normalize("NFKC").slice(0, 64);
  return new RegExp(personName.pattern, "u").test(plain) ? plain : `person-${hashOf(subject).slice(0, 12)}`;
}

function clientOf({ oidc }: PeopleParts): OidcClient {
  if (oidc !== undefined) return oidc;
  throw new SignalboxError("ADMIN_PATH_UNKNOWN", "No identity provider is set up (SIGNALBOX_OIDC_ISSUER).");
}

/** Logging in and out: the same answer after the same time for whoever is unknown, and no more tries than a person needs. */
import type { Session } from "../../adapters/people/people.ts";
import { writes } from "../../adapters/people/people.ts";
import { judgeCode } from "../../adapters/people/otpauth.ts";
import type { Write } from "../../adapters/people/audit.ts";
import { SignalboxError } from "../../core/errors.ts";
import type { Person } from "../../core/person.ts";
import type { Reply } from "../../core/reply.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import * as shapes from "../shapes/people.ts";
import { callerAddress, requireClosedLine } from "./connection.ts";
import { createIdentify } from "./identify.ts";
import { by, callerOf, type Incoming, type PeopleParts } from "./parts.ts";
import { isPassword } from "./password.ts";
import { csrfOf, hashOf, newSessionSecret } from "./secrets.ts";
import { cookie, lapsesIn, readCookie, SESSION_COOKIE } from "./session-cookie.ts";

interface Given {
  readonly name?: string;
  readonly password?: string;
  readonly totp?: string;
  readonly token?: string;
}

export function logInEndpoints(parts: PeopleParts): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/api/v1/session",
      tag: "Session",
      summary:
        "Logs in: by name and password, with a one-time code where one is set up; or by an impersonation token",
      scope: "public",
      body: shapes.logIn,
      status: 204,
      answer: (call) => logIn(call, parts),
    },
    {
      method: "GET",
      path: "/api/v1/session",
      tag: "Session",
      summary: "Who calls, and what he may do",
      scope: "known",
      reply: shapes.me,
      answer: async (call): Promise<shapes.Me> => {
        const { kind, id, name, role, scopes, impersonator, csrf, person } = callerOf(call);
        const { environment } = parts.settings;
        const totp = person !== undefined && (await parts.store.person(person))?.totp !== undefined;
        return {
          ...{ kind, id, name, role, scopes: [...scopes], totp, oidc: parts.oidc !== undefined },
          version: parts.version,
          ...(impersonator && { impersonator }),
          ...(csrf !== undefined && { csrf }),
          ...(environment !== undefined && { environment }),
        };
      },
    },
    {
      method: "DELETE",
      path: "/api/v1/session",
      tag: "Session",
      summary: "Logs out",
      scope: "known",
      answer: (call) => logOut(call, parts),
    },
    {
      method: "GET",
      path: "/api/v1/session/ways",
      tag: "Session",
      summary: "How one can log in here",
      scope: "public",
      reply: shapes.ways,
      answer: async (): Promise<shapes.Ways> => ({
        oidc: parts.oidc !== undefined,
        setup: (await parts.store.everybody()).people.size === 0,
      }),
    },
  ];
}

async function logIn(call: Call, parts: PeopleParts): Promise<Reply> {
  const raw = incomingOf(call, parts);
  requireClosedLine(call.raw, parts.settings);
  const { name, password, totp, token } = call.body as Given;
  if (token !== undefined) return logInByToken(token, raw, parts);
  if (name === undefined || password === undefined)
    throw new SignalboxError("ADMIN_BODY_INVALID", "The body: expected `name` and `password`, or `token`.");
  const pair = `${raw.address} ${name.toLowerCase()}`;
  await parts.tries.address.take(raw.address);
  await parts.tries.name.take(name.toLowerCase());
  await parts.tries.pair.take(pair);
  const found = await parts.store.named(name);
  // A name that nobody has costs as much time as one that somebody has.
  const right = await isPassword(password, found?.password);
  if (!right || found === undefined || found.blocked) {
    const known = found === undefined ? {} : { on: found.name, about: found.id };
    const entry = { ...by(undefined, raw), ...known, action: "session.refused", status: 401 };
    await parts.audit.append(entry);
    throw new SignalboxError("ADMIN_LOGIN_FAILED", "Name or password is wrong.");
  }
  await requireCode(found, totp, raw, parts);
  // The address keeps its count: who has one account could else guess at all others.
  await parts.tries.pair.forgive(pair);
  return beginSession(found, raw, parts);
}

/** Throws ADMIN_TOTP_NEEDED, ADMIN_TOTP_WRONG; only after the password was right. A code is taken once. */
async function requireCode(
  person: Person,
  code: string | undefined,
  raw: Incoming,
  { sealer, store, clock, audit }: PeopleParts,
): Promise<void> {
  if (person.totp === undefined) return;
  if (code === undefined)
    throw new SignalboxError("ADMIN_TOTP_NEEDED", "The password is right; the one-time code is missing.");
  const verdict = judgeCode(
    await sealer.unseal(person.totp, person.id),
    code.replace(/\s/g, ""),
    clock.now(),
  );
  if (verdict.fits && (await store.takeOnce(`totp:${person.id}:${verdict.step}`, 180_000))) return;
  const why = verdict.fits ? "This code was used before." : codeFault(verdict.secondsOff);
  const entry = { ...by(undefined, raw), on: person.name, about: person.id, status: 401 };
  await audit.append({ ...entry, action: "session.refused", detail: "The one-time code did not fit." });
  throw new SignalboxError("ADMIN_TOTP_WRONG", why);
}

/** A wrong code as a sentence; how far the clock is off where that is what is wrong. */
export function codeFault(secondsOff: number | undefined): string {
  if (secondsOff === undefined) return "The code is not the one of this moment.";
  const side = secondsOff > 0 ? "ahead of" : "behind";
  return `The code is that of a clock about ${Math.abs(secondsOff)} s ${side} ours; expected at most 30 s.`;
}

/** By an impersonation token an admin becomes, for this session, the person whom it names. */
async function logInByToken(token: string, raw: Incoming, parts: PeopleParts): Promise<Reply> {
  await parts.tries.address.take(raw.address);
  const identify = createIdentify(parts);
  const headers = { host: raw.headers["host"] ?? "", authorization: `Bearer ${token}` };
  const caller = await identify({ ...raw, headers });
  if (caller?.impersonator === undefined || caller.person === undefined)
    throw new SignalboxError("ADMIN_LOGIN_FAILED", "Only an impersonation token begins a session.");
  const person = await parts.store.person(caller.person);
  if (person === undefined) throw new SignalboxError("ADMIN_LOGIN_FAILED", "The person is gone.");
  const { token: id, impersonator } = caller;
  return beginSession(person, raw, parts, { token: id!, impersonator });
}

/** Begins a session, with its entry in the audit trail, in one step; `more` is carried out in that step, too. */
async function beginSession(
  person: Person,
  raw: Incoming,
  parts: PeopleParts,
  from?: { readonly token: string; readonly impersonator: { readonly id: string; readonly name: string } },
): Promise<Reply> {
  const { writes: commands, setCookie } = newSession(person, parts, from?.token);
  const author = { id: person.id, name: person.name, ...(from && { impersonator: from.impersonator }) };
  const entry = { ...by(author, raw), action: "session.started", status: 204, about: person.id };
  await parts.audit.append(from === undefined ? entry : { ...entry, on: from.token }, commands);
  parts.log.info({ person: person.id, token: from?.token, address: raw.address }, "session.started");
  return { status: 204, headers: { "set-cookie": setCookie }, body: "" };
}

/** A new session of a person: the commands that keep it, and the cookie that carries it. */
export function newSession(
  person: Person,
  { clock, settings }: Pick<PeopleParts, "clock" | "settings">,
  token?: string,
): { readonly writes: readonly Write[]; readonly setCookie: string } {
  const secret = newSessionSecret();
  const now = clock.now();
  const session: Session = {
    user: person.id,
    generation: person.generation,
    createdAt: now,
    seenAt: now,
    ...(token !== undefined && { token }),
  };
  const lapses = lapsesIn(session, now, settings);
  return {
    writes: writes.session(hashOf(secret), session, lapses),
    setCookie: cookie(secret, { seconds: settings.sessionMaxHours * 3_600 }),
  };
}

async function logOut(call: Call, parts: PeopleParts): Promise<Reply> {
  const caller = callerOf(call);
  const secret = readCookie(call.raw.headers["cookie"], SESSION_COOKIE);
  if (caller.kind === "session" && secret !== undefined && caller.csrf === csrfOf(secret)) {
    const entry = { ...by(caller, incomingOf(call, parts)), action: "session.ended", status: 204 };
    await parts.audit.append(entry, writes.noSession(hashOf(secret)));
  }
  return { status: 204, headers: { "set-cookie": cookie("") }, body: "" };
}

/** The call as it came, with the address that the proxies tell. */
export function incomingOf({ raw }: Call, { settings }: Pick<PeopleParts, "settings">): Incoming {
  const { method, path, query, headers } = raw;
  return { method, path, query, headers, address: callerAddress(raw, settings) };
}

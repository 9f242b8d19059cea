/** Beginning an account, and what a person changes about the own one: setup, invite, password, one-time codes. */
import { judgeCode, newTotp } from "../../adapters/people/otpauth.ts";
import { writes } from "../../adapters/people/people.ts";
import { SignalboxError } from "../../core/errors.ts";
import { without, type Person } from "../../core/person.ts";
import type { Reply } from "../../core/reply.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import * as shapes from "../shapes/people.ts";
import { requireClosedLine } from "./connection.ts";
import { codeFault, incomingOf, newSession } from "./log-in.ts";
import { by, callerOf, knownPerson, newId, type PeopleParts } from "./parts.ts";
import { isPassword, keepPassword } from "./password.ts";
import { hashOf, readSecret, sameHash } from "./secrets.ts";

export function accountEndpoints(parts: PeopleParts): readonly Endpoint[] {
  const own = { tag: "Own account", scope: "session" } as const;
  return [
    {
      method: "POST",
      path: "/api/v1/setup",
      tag: "Session",
      summary: "Makes the first admin, by the link that the router printed when it started, and logs in",
      scope: "public",
      body: shapes.setUp,
      status: 204,
      audit: "setup.done",
      answer: (call) => setUp(call, parts),
    },
    {
      method: "POST",
      path: "/api/v1/invite",
      tag: "Session",
      summary: "Takes an invite: sets the password; logs in, unless one-time codes are set up",
      scope: "public",
      body: shapes.takeInvite,
      status: 204,
      audit: "invite.taken",
      answer: (call) => takeInvite(call, parts),
    },
    {
      ...own,
      method: "POST",
      path: "/api/v1/me/password",
      summary: "Changes the own password, and ends all other sessions",
      body: shapes.changePassword,
      audit: "password.changed",
      answer: (call) => changePassword(call, parts),
    },
    {
      ...own,
      method: "POST",
      path: "/api/v1/me/totp",
      summary: "Begins one-time codes: the secret for an authenticator, which counts once it is confirmed",
      reply: shapes.newTotp,
      audit: "totp.begun",
      answer: (call) => beginTotp(call, parts),
    },
    {
      ...own,
      method: "POST",
      path: "/api/v1/me/totp/confirm",
      summary: "Confirms one-time codes by a code; from now on log-in asks for one",
      body: shapes.confirmTotp,
      audit: "totp.confirmed",
      answer: (call) => confirmTotp(call, parts),
    },
    {
      ...own,
      method: "DELETE",
      path: "/api/v1/me/totp",
      summary: "Removes one-time codes from the own account",
      body: shapes.removeTotp,
      audit: "totp.removed",
      answer: async (call) => {
        const { password } = call.body as { password: string };
        await requirePassword(call, password, parts);
        await changeSelf(call, parts, "totp.removed", (person) => without(person, "totp", "totpPending"));
      },
    },
  ];
}

async function setUp(call: Call, parts: PeopleParts): Promise<Reply> {
  const { token, name, password } = call.body as { token: string; name: string; password: string };
  const raw = incomingOf(call, parts);
  requireClosedLine(call.raw, parts.settings);
  await parts.tries.address.take(raw.address);
  const expected = parts.setup.hash;
  if (expected === undefined || !sameHash(hashOf(token), expected))
    throw new SignalboxError("ADMIN_LINK_OVER", "This is not the setup link of this router's last start.");
  const person: Person = {
    ...{ id: newId("usr", parts), name: name.normalize("NFKC"), role: "admin", blocked: false },
    ...{ createdAt: parts.clock.now(), generation: 1, password: await keepPassword(password, name) },
  };
  const { writes: session, setCookie } = newSession(person, parts);
  await parts.store.change(({ people }) => {
    if (people.size > 0) throw new SignalboxError("ADMIN_LINK_OVER", "Somebody has an account already.");
    const entry = { ...by(person, raw), action: "setup.done", on: person.name, status: 204 };
    return { writes: [...writes.person(person), ...session], entry, value: undefined };
  });
  parts.setup.hash = undefined;
  parts.log.info({ person: person.id, address: raw.address }, "setup.done");
  return { status: 204, headers: { "set-cookie": setCookie }, body: "" };
}

async function takeInvite(call: Call, parts: PeopleParts): Promise<Reply> {
  const { token, password } = call.body as { token: string; password: string };
  const raw = incomingOf(call, parts);
  requireClosedLine(call.raw, parts.settings);
  await parts.tries.address.take(raw.address);
  const read = readSecret(token);
  const id = read?.kind === "inv" ? `usr_${read.id26}` : "";
  const invited = requireInvite(await parts.store.person(id), token, parts);
  const kept = await keepPassword(password, invited.name);
  return parts.store.change(({ people }) => {
    const rest = without(requireInvite(people.get(id), token, parts), "invite");
    const person: Person = { ...rest, password: kept, generation: rest.generation + 1 };
    const entry = { ...by(person, raw), action: "invite.taken", on: person.name, status: 204 };
    // A link alone is one factor: with one-time codes the person logs in anew, with both.
    const session = person.totp === undefined ? newSession(person, parts) : undefined;
    const headers: Record<string, string> = session === undefined ? {} : { "set-cookie": session.setCookie };
    return {
      writes: [...writes.person(person), ...(session?.writes ?? [])],
      entry,
      value: { status: 204, headers, body: "" },
    };
  });
}

function requireInvite(person: Person | undefined, token: string, { clock }: PeopleParts): Person {
  const { invite, blocked } = person ?? {};
  const good = invite !== undefined && invite.expiresAt > clock.now() && sameHash(hashOf(token), invite.hash);
  if (person === undefined || !good || blocked === true)
    throw new SignalboxError(
      "ADMIN_LINK_OVER",
      "The invite is used, replaced, withdrawn or more than 7 days old.",
    );
  return person;
}

/** Throws ADMIN_LOGIN_FAILED where it is not the caller's own password. */
async function requirePassword(call: Call, password: string, parts: PeopleParts): Promise<Person> {
  const person = await parts.store.person(callerOf(call).id);
  if (person === undefined) throw new SignalboxError("ADMIN_LOGIN_NEEDED", "The account is gone.");
  const key = `own ${person.id}`;
  await parts.tries.pair.take(key);
  if (!(await isPassword(password, person.password)))
    throw new SignalboxError("ADMIN_LOGIN_FAILED", "This is not the present password.");
  await parts.tries.pair.forgive(key);
  return person;
}

async function changePassword(call: Call, parts: PeopleParts): Promise<Reply> {
  const body = call.body as { old: string; new: string };
  const before = await requirePassword(call, body.old, parts);
  const password = await keepPassword(body.new, before.name);
  const setCookie = await parts.store.change(({ people }) => {
    const now = knownPerson(people, before.id);
    if (now.password !== before.password)
      throw new SignalboxError("ADMIN_CONFLICT", "The password was changed a moment ago.");
    const person: Person = { ...without(now, "invite"), password, generation: now.generation + 1 };
    const session = newSession(person, parts);
    const entry = { ...by(callerOf(call), incomingOf(call, parts)), action: "password.changed", status: 204 };
    return { writes: [...writes.person(person), ...session.writes], entry, value: session.setCookie };
  });
  return { status: 204, headers: { "set-cookie": setCookie }, body: "" };
}

async function changeSelf(
  call: Call,
  { store, ...parts }: PeopleParts,
  action: string,
  changed: (person: Person) => Person,
): Promise<void> {
  await store.change(({ people }) => {
    const person = changed(knownPerson(people, callerOf(call).id));
    const entry = { ...by(callerOf(call), incomingOf(call, parts)), action, status: 200 };
    return { writes: writes.person(person), entry, value: undefined };
  });
}

async function beginTotp(call: Call, parts: PeopleParts): Promise<unknown> {
  const { id, name } = callerOf(call);
  const { secret, uri } = newTotp(name);
  const totpPending = await parts.sealer.seal(secret, id);
  await changeSelf(call, parts, "totp.begun", (person) => {
    if (person.totp !== undefined)
      throw new SignalboxError("ADMIN_TOTP_UNFIT", "The account has one-time codes already.");
    return { ...person, totpPending };
  });
  return { secret, uri };
}

async function confirmTotp(call: Call, parts: PeopleParts): Promise<void> {
  const { code } = call.body as { code: string };
  const { id } = callerOf(call);
  const { totpPending } = (await parts.store.person(id)) ?? {};
  if (totpPending === undefined)
    throw new SignalboxError("ADMIN_TOTP_UNFIT", "There are no one-time codes that wait to be confirmed.");
  await parts.tries.pair.take(`totp ${id}`);
  const secret = await parts.sealer.unseal(totpPending, id);
  const verdict = judgeCode(secret, code.replace(/\s/g, ""), parts.clock.now());
  if (!verdict.fits) throw new SignalboxError("ADMIN_TOTP_WRONG", codeFault(verdict.secondsOff));
  await parts.store.takeOnce(`totp:${id}:${verdict.step}`, 180_000);
  await parts.tries.pair.forgive(`totp ${id}`);
  await changeSelf(call, parts, "totp.confirmed", (person) => {
    if (person.totpPending !== totpPending)
      throw new SignalboxError("ADMIN_CONFLICT", "The one-time codes were begun anew a moment ago.");
    const { totpPending: totp, ...rest } = person;
    return { ...rest, totp };
  });
}

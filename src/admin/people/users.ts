/** People, as admins see and change them. An admin never knows a password: whoever is new gets a link. */
import type { Write } from "../../adapters/people/audit.ts";
import { fold, writes, type Everybody } from "../../adapters/people/people.ts";
import { SignalboxError } from "../../core/errors.ts";
import { isLastAdmin, without, type Person } from "../../core/person.ts";
import type { Role } from "../../core/role.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import * as shapes from "../shapes/people.ts";
import { incomingOf } from "./log-in.ts";
import { by, callerOf, knownPerson, newId, refuseImpersonation, type PeopleParts } from "./parts.ts";
import { newSecret } from "./secrets.ts";

const INVITE_MS = 7 * 86_400_000;

export function userEndpoints(parts: PeopleParts): readonly Endpoint[] {
  const { store } = parts;
  const at = { tag: "People", scope: "admin" } as const;
  return [
    {
      ...at,
      method: "GET",
      path: "/api/v1/users",
      summary: "Everybody with an account",
      reply: shapes.users,
      answer: async () => {
        const [{ people }, logins] = await Promise.all([store.everybody(), store.lastLogins()]);
        const items = [...people.values()].map((person) => userOf(person, parts, logins.get(person.id)));
        return { items: items.sort((one, other) => one.name.localeCompare(other.name)) };
      },
    },
    {
      ...at,
      method: "POST",
      path: "/api/v1/users",
      summary: "Makes an account, and a link by which its person sets the password",
      body: shapes.newUser,
      status: 201,
      reply: shapes.user,
      audit: "user.created",
      answer: (call) => createUser(call, parts),
    },
    {
      ...at,
      method: "GET",
      path: "/api/v1/users/:id",
      summary: "One person",
      reply: shapes.user,
      answer: async ({ parameters }) => {
        const [{ people }, logins] = await Promise.all([store.everybody(), store.lastLogins()]);
        const person = knownPerson(people, parameters["id"]);
        return userOf(person, parts, logins.get(person.id));
      },
    },
    {
      ...at,
      method: "PATCH",
      path: "/api/v1/users/:id",
      summary: "Changes the role, blocks or unblocks; ends the person's sessions",
      body: shapes.changedUser,
      reply: shapes.user,
      audit: "user.changed",
      answer: (call) => {
        const { role, blocked } = call.body as { role?: Role; blocked?: boolean };
        const said = [role && `role ${role}`, blocked !== undefined && (blocked ? "blocked" : "unblocked")];
        return change(call, parts, "user.changed", said.filter(Boolean).join(", "), (person) => ({
          ...person,
          ...(role && { role }),
          ...(blocked !== undefined && { blocked }),
          generation: person.generation + 1,
        }));
      },
    },
    {
      ...at,
      method: "DELETE",
      path: "/api/v1/users/:id",
      summary: "Removes a person with all tokens and sessions; what was done stays in the audit trail",
      audit: "user.removed",
      answer: (call) => removeUser(call, parts),
    },
    {
      ...at,
      method: "DELETE",
      path: "/api/v1/users/:id/sessions",
      summary: "Ends all sessions of a person at once",
      audit: "user.sessions-ended",
      answer: async (call) => {
        const endAll = (person: Person): Person => ({ ...person, generation: person.generation + 1 });
        await change(call, parts, "user.sessions-ended", undefined, endAll);
      },
    },
    {
      ...at,
      method: "DELETE",
      path: "/api/v1/users/:id/totp",
      summary: "Removes the one-time codes of a person who has lost the authenticator",
      audit: "user.totp-removed",
      answer: async (call) => {
        await change(call, parts, "user.totp-removed", undefined, (person) =>
          without(person, "totp", "totpPending"),
        );
      },
    },
    {
      ...at,
      method: "POST",
      path: "/api/v1/users/:id/invite",
      summary:
        "Makes a new link by which a person sets a new password; the one before it does not work any more",
      status: 201,
      reply: shapes.user,
      audit: "user.invited",
      answer: async (call) => {
        const { invite, link } = newInvite(call.parameters["id"] ?? "", parts);
        const user = await change(call, parts, "user.invited", undefined, (person) => {
          if (person.oidc !== undefined)
            throw new SignalboxError("ADMIN_CONFLICT", `${person.name} logs in by the identity provider.`);
          return { ...person, invite };
        });
        return { ...user, invite: link };
      },
    },
  ];
}

/** A person as the API shows one. */
function userOf(person: Person, { clock }: Pick<PeopleParts, "clock">, loggedInAt?: number): shapes.User {
  const { id, name, role, blocked, createdAt, totp, oidc, invite, password } = person;
  return {
    ...{ id, name, role, blocked, totp: totp !== undefined, oidc: oidc !== undefined },
    invited: invite !== undefined && invite.expiresAt > clock.now() && password === undefined,
    created_at: new Date(createdAt).toISOString(),
    ...(loggedInAt !== undefined && { last_login_at: new Date(loggedInAt).toISOString() }),
  };
}

/** Throws ADMIN_NAME_TAKEN where somebody has the name. */
function refuseTaken(name: string, people: Everybody["people"]): void {
  for (const person of people.values())
    if (fold(person.name) === fold(name))
      throw new SignalboxError("ADMIN_NAME_TAKEN", `Somebody is already called ${person.name}.`);
}

function newInvite(id: string, parts: PeopleParts) {
  const { secret, hash } = newSecret("inv", id.slice(4).padEnd(26, "0").slice(0, 26));
  const invite = { hash, expiresAt: parts.clock.now() + INVITE_MS };
  return { invite, link: `${parts.base()}/invite#${secret}` };
}

async function createUser(call: Call, parts: PeopleParts): Promise<shapes.User> {
  const caller = callerOf(call);
  refuseImpersonation(caller);
  const { name, role } = call.body as { name: string; role: Role };
  const id = newId("usr", parts);
  const { invite, link } = newInvite(id, parts);
  const person: Person = {
    ...{
      id,
      name: name.normalize("NFKC"),
      role,
      blocked: false,
      createdAt: parts.clock.now(),
      generation: 1,
      invite,
    },
  };
  return parts.store.change(({ people }) => {
    refuseTaken(name, people);
    const deed = {
      ...by(caller, incomingOf(call, parts)),
      action: "user.created",
      on: person.name,
      about: id,
    };
    const value = { ...userOf(person, parts), invite: link };
    return { writes: writes.person(person), entry: { ...deed, detail: `role ${role}`, status: 201 }, value };
  });
}

async function change(
  call: Call,
  parts: PeopleParts,
  action: string,
  detail: string | undefined,
  changed: (person: Person) => Person,
): Promise<shapes.User> {
  const caller = callerOf(call);
  refuseImpersonation(caller);
  return parts.store.change(({ people }) => {
    const before = knownPerson(people, call.parameters["id"]);
    const after = changed(before);
    if (after.role !== before.role || after.blocked !== before.blocked) keepAnAdmin(before, after, people);
    const deed = {
      ...by(caller, incomingOf(call, parts)),
      action,
      on: before.name,
      about: before.id,
      status: 200,
    };
    const entry = detail ? { ...deed, detail } : deed;
    return { writes: writes.person(after), entry, value: userOf(after, parts) };
  });
}

async function removeUser(call: Call, parts: PeopleParts): Promise<void> {
  const caller = callerOf(call);
  refuseImpersonation(caller);
  await parts.store.change(({ people, tokens }) => {
    const person = knownPerson(people, call.parameters["id"]);
    keepAnAdmin(person, undefined, people);
    const theirs = [...tokens.values()].filter(({ userId }) => userId === person.id);
    const commands: Write[] = [...writes.noPerson(person), ...theirs.flatMap(({ id }) => writes.noToken(id))];
    const deed = {
      ...by(caller, incomingOf(call, parts)),
      action: "user.removed",
      on: person.name,
      about: person.id,
    };
    return { writes: commands, entry: { ...deed, status: 204 }, value: undefined };
  });
}

function keepAnAdmin(before: Person, after: Person | undefined, people: Everybody["people"]): void {
  if (!isLastAdmin(before, people.values())) return;
  if (after !== undefined && after.role === "admin" && !after.blocked) return;
  throw new SignalboxError("ADMIN_LAST_ADMIN", `${before.name} is the last admin who can log in.`);
}

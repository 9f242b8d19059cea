/** People and what they hold, as they are kept; and the rules that need no store: who is the last admin, which token counts. */
import { isLower, scopesOf, scopesWithin, type Role, type Scope } from "./role.ts";

/** Somebody with an account. Names never change, and no two are the same but for case. */
export interface Person {
  /** `usr_` and 26 characters. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly blocked: boolean;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Counted up to end all sessions at once: a session counts while it holds the same number. */
  readonly generation: number;
  /** What scrypt made of the password; absent until the invite is taken, and with an identity provider. */
  readonly password?: string;
  /** Secrets of one-time codes, encrypted: the one in force, and the one that waits to be confirmed. */
  readonly totp?: string;
  readonly totpPending?: string;
  readonly oidc?: { readonly issuer: string; readonly subject: string };
  readonly invite?: { readonly hash: string; readonly expiresAt: number };
}

/** A token of the API; with `impersonation`, one by which an admin acts as the person. Its secret is not kept. */
export interface ApiToken {
  /** `tok_` and 26 characters. */
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the whole secret, in hex. */
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revoked: boolean;
  readonly impersonation?: { readonly by: string; readonly byName: string; readonly reason: string };
}

/** A person without some of what is kept about one. */
export function without<Name extends "invite" | "totp" | "totpPending">(
  person: Person,
  ...names: readonly Name[]
): Omit<Person, Name> {
  const left = Object.entries(person).filter(([name]) => !names.includes(name as Name));
  return Object.fromEntries(left) as unknown as Omit<Person, Name>;
}

/** True for a person who could log in now and change everything. */
function canAdmin({ role, blocked, password, oidc }: Person): boolean {
  return role === "admin" && !blocked && (password !== undefined || oidc !== undefined);
}

/** True when nobody but this person could change everything. */
export function isLastAdmin(person: Person, everybody: Iterable<Person>): boolean {
  if (!canAdmin(person)) return false;
  for (const other of everybody) if (other.id !== person.id && canAdmin(other)) return false;
  return true;
}

/** True while a token is neither revoked nor expired. */
export function isActive({ revoked, expiresAt }: ApiToken, now: number): boolean {
  return !revoked && expiresAt > now;
}

/** Why a token does not count at this moment, as a sentence; or the scopes that it has, by everybody's role of now. */
export function judgeToken(
  token: ApiToken,
  owner: Person | undefined,
  admin: Person | undefined,
  { now, impersonation }: { readonly now: number; readonly impersonation: boolean },
): { readonly refused: string } | { readonly scopes: readonly Scope[] } {
  if (token.revoked) return { refused: "The token is revoked." };
  if (token.expiresAt <= now) return { refused: "The token has expired." };
  if (owner === undefined || owner.blocked) return { refused: "The token's person is gone or blocked." };
  if (token.impersonation === undefined) return { scopes: scopesWithin(token.scopes, owner.role) };
  if (!impersonation) return { refused: "Impersonation is switched off." };
  if (admin === undefined || admin.blocked || !scopesOf(admin.role).includes("admin"))
    return { refused: "Whoever made the impersonation token is an admin no more." };
  if (!isLower(owner.role, admin.role))
    return { refused: "The person may now do as much as the admin who made the impersonation token." };
  return { scopes: scopesWithin(token.scopes, owner.role, admin.role) };
}

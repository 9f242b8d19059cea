/** Who may do what on the operator's side: four roles, and the scopes that each of them holds. Tested role by scope. */

/** From the least to the most. */
export const ROLES = ["viewer", "author", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** read: look at everything but secrets · author: try rules · operate: replay, discard, pause · admin: people, tokens, settings. */
export const SCOPES = ["read", "author", "operate", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

const MATRIX: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: ["read"],
  author: ["read", "author"],
  operator: ["read", "author", "operate"],
  admin: ["read", "author", "operate", "admin"],
};

/** The scopes of a role. */
export function scopesOf(role: Role): readonly Scope[] {
  return MATRIX[role];
}

/** True when `lower` may do less than `higher`. */
export function isLower(lower: Role, higher: Role): boolean {
  return ROLES.indexOf(lower) < ROLES.indexOf(higher);
}

/** The scopes that are asked for and that everybody named here holds by his role. */
export function scopesWithin(asked: readonly Scope[], ...roles: readonly Role[]): readonly Scope[] {
  return asked.filter((scope) => roles.every((role) => MATRIX[role].includes(scope)));
}

/** Whoever calls the operator's side, after it is known who that is. */
export interface Caller {
  /** session: a person at the page · token: a program · local: this machine's command line, by the token in the data folder. */
  readonly kind: "session" | "token" | "local";
  /** The person's id; `local` and `automation` where nobody in particular calls. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** What the call may do: the role's scopes, or fewer. */
  readonly scopes: readonly Scope[];
  /** The admin behind an impersonation token. */
  readonly impersonator?: { readonly id: string; readonly name: string };
  /** The person, where there is one: who may own tokens and a password. */
  readonly person?: string;
  /** The API token that was sent, by its id. */
  readonly token?: string;
  /** With a session: what `x-csrf-token` must hold where something changes. */
  readonly csrf?: string;
}

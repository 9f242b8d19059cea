/** People, tokens and the audit trail, as the API shows them. Secrets are shown once, when they are made. */
import type { FromSchema } from "json-schema-to-ts";
import { ROLES, SCOPES } from "../../core/role.ts";
import { flag, list, oneOf, page, shape, text, time } from "./shape.ts";

export const role = oneOf(...ROLES);
export const scopes = list(oneOf(...SCOPES));

export const user = shape(
  "A person.",
  {
    id: text,
    name: text,
    role,
    totp: { type: "boolean", description: "Log-in asks for a one-time code." },
    oidc: { type: "boolean", description: "Logs in by the identity provider." },
    blocked: flag,
    invited: { type: "boolean", description: "The invite link has not been used yet, and is still good." },
    created_at: time,
    last_login_at: time,
    invite: { type: "string", description: "The invite link, in the answer that makes it, and never again." },
  },
  ["last_login_at", "invite"],
);
export type User = FromSchema<typeof user>;
export const users = shape("Everybody with an account, by name.", { items: list(user) });

/** A person's name: letters, digits and a few signs; it stands in headers, logs and links. */
export const personName = {
  type: "string",
  minLength: 1,
  maxLength: 64,
  pattern: "^[\\p{L}\\p{N}]([\\p{L}\\p{N}\\p{M} ._@+'-]*[\\p{L}\\p{N}\\p{M}])?$",
  description: "1 to 64 letters, digits, spaces and `._@+'-`; begins and ends with a letter or digit.",
} as const;
/** Judged by its own rules, so that what is wrong with it can be said; never shown. */
const password = { type: "string", minLength: 1, maxLength: 1024, writeOnly: true } as const;
const secret = { type: "string", minLength: 1, maxLength: 300, writeOnly: true } as const;
const code = { type: "string", minLength: 1, maxLength: 20, writeOnly: true } as const;

export const newUser = shape("A person to be invited.", { name: personName, role });
export const changedUser = shape("What changes about a person.", { role, blocked: flag }, [
  "role",
  "blocked",
]);

export const logIn = shape(
  "Name and password, with `totp` where one-time codes are set up; or an impersonation `token`.",
  { name: { type: "string", maxLength: 300 }, password, totp: code, token: secret },
  ["name", "password", "totp", "token"],
);
export const setUp = shape("The first admin.", { token: secret, name: personName, password });
export const takeInvite = shape("An invite, taken.", { token: secret, password });
export const changePassword = shape("The old password and the new one.", { old: password, new: password });
export const confirmTotp = shape("A code of the authenticator.", { code });
export const removeTotp = shape("The password, once more.", { password });
export const newTotp = shape("What an authenticator needs; shown once.", { secret: text, uri: text });
export const ways = shape("How one can log in.", {
  oidc: { type: "boolean", description: "By an identity provider: GET /api/v1/oidc/start." },
  setup: {
    type: "boolean",
    description: "Nobody has an account yet: the setup link is in the router's output.",
  },
});
export type Ways = FromSchema<typeof ways>;

/** After GitLab's, so that what knows that API knows this one. */
export const token = shape(
  "An API token; `token`, the secret itself, is there only in the answer that makes it.",
  {
    id: text,
    user_id: text,
    name: text,
    description: text,
    scopes,
    active: flag,
    revoked: flag,
    impersonation: flag,
    created_at: time,
    expires_at: time,
    last_used_at: { anyOf: [time, { type: "null" }] },
    token: text,
    created_by: { type: "string", description: "The admin who made an impersonation token." },
    reason: text,
  },
  ["token", "created_by", "reason"],
);
export type Token = FromSchema<typeof token>;
export const tokens = shape("Tokens, newest first.", { items: list(token) });

const tokenName = { type: "string", minLength: 1, maxLength: 100 } as const;
const description = { type: "string", maxLength: 255 } as const;
const expires = {
  type: "string",
  minLength: 10,
  maxLength: 40,
  description: "An ISO 8601 date or date-time, in the future.",
} as const;
const asked = { ...scopes, minItems: 1, maxItems: 4, uniqueItems: true } as const;

export const newToken = shape(
  "A token to be made; without `expires_at` it lasts a year, which is the most.",
  { name: tokenName, description, scopes: asked, expires_at: expires },
  ["description", "expires_at"],
);
export const newImpersonation = shape(
  "An impersonation token to be made; without `expires_at` it lasts a day. 30 days are the most.",
  {
    name: tokenName,
    description,
    scopes: asked,
    expires_at: expires,
    reason: { ...text, minLength: 3, maxLength: 500 },
  },
  ["description", "expires_at"],
);

export const me = shape(
  "Who the caller is.",
  {
    kind: oneOf("session", "token", "local"),
    id: text,
    name: text,
    role,
    scopes,
    impersonator: shape("The admin behind an impersonation token.", { id: text, name: text }),
    totp: flag,
    csrf: { type: "string", description: "To be sent as `x-csrf-token` with what changes something." },
    oidc: { type: "boolean", description: "Log-in by an identity provider is set up." },
    environment: text,
    version: { type: "string", description: "The router's." },
  },
  ["impersonator", "csrf", "environment"],
);
export type Me = FromSchema<typeof me>;

export const auditEntry = shape(
  "Something that somebody did.",
  {
    id: text,
    at: time,
    author: text,
    impersonator: text,
    action: { type: "string", description: "`target.paused`, `token.created` …" },
    on: { type: "string", description: "What it was done to." },
    detail: text,
    address: text,
    method: text,
    path: text,
    status: { type: "integer" },
    hash: { type: "string", description: "SHA-256 of this entry, which holds that of the one before it." },
  },
  ["impersonator", "on", "detail", "address", "method", "path", "status", "hash"],
);
export type AuditEntry = FromSchema<typeof auditEntry>;
export const auditPage = page(auditEntry);
export const auditVerdict = shape(
  "Whether the kept trail is whole: `broken` is the first entry that does not fit the one before it.",
  { entries: { type: "integer", minimum: 0 }, whole: flag, broken: text },
  ["broken"],
);

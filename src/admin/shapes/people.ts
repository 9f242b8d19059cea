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
    created_at: time,
    last_login_at: time,
  },
  ["last_login_at"],
);
export type User = FromSchema<typeof user>;

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
  },
  ["impersonator", "on", "detail", "address", "method", "path", "status"],
);
export type AuditEntry = FromSchema<typeof auditEntry>;
export const auditPage = page(auditEntry);

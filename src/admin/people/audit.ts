/** The audit trail as the API shows it: an admin sees all of it, everybody else what concerns him. */
import type { Entry, Kept } from "../../adapters/people/audit.ts";
import type { Caller } from "../../core/role.ts";
import type { Deed } from "../answer.ts";
import type { Endpoint } from "../endpoint.ts";
import * as shapes from "../shapes/people.ts";
import { text } from "../shapes/shape.ts";
import { callerAddress } from "./connection.ts";
import { by, callerOf, type PeopleParts } from "./parts.ts";

export function auditEndpoints({ audit }: Pick<PeopleParts, "audit">): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/audit",
      tag: "Audit",
      summary: "What was done, newest first; who is no admin sees what he did and what concerns him",
      scope: "read",
      query: {
        author: { ...text, description: "Name or id of who did it, or of the admin behind it." },
        action: { ...text, description: "`token.created`; or the part before the dot, for all of them." },
        on: { ...text, description: "What it was done to." },
        limit: { type: "integer", minimum: 1, maximum: 1000, default: 50 },
        cursor: text,
      },
      reply: shapes.auditPage,
      answer: async (call) => {
        const { author, action, on, limit, cursor } = call.query as Record<string, string | undefined>;
        const visible = visibleTo(callerOf(call));
        const page = await audit.page({
          limit: Number(limit ?? 50),
          ...(cursor !== undefined && { cursor }),
          matches: (entry) =>
            visible(entry) &&
            (author === undefined || names(entry).includes(author)) &&
            (action === undefined || entry.action === action || entry.action.startsWith(`${action}.`)) &&
            (on === undefined || entry.on === on),
        });
        return { ...page, items: page.items.map(shown) };
      },
    },
    {
      method: "GET",
      path: "/api/v1/audit/verify",
      tag: "Audit",
      summary: "Goes along the chain of hashes: is the trail that is kept whole?",
      scope: "admin",
      reply: shapes.auditVerdict,
      answer: async () => {
        const { entries, broken } = await audit.verify();
        return { entries, whole: broken === undefined, ...(broken !== undefined && { broken }) };
      },
    },
  ];
}

/**
 * Writes down what was done by operations that do not do so themselves. What nobody known was refused is in the log, not
 * here: a stranger must not fill the trail.
 */
export function createRecord({ audit, settings }: PeopleParts, own: ReadonlySet<string>) {
  return async ({ action, caller, call, status, reason }: Deed): Promise<void> => {
    if (caller === undefined || (status < 400 && own.has(action))) return;
    const on = Object.values(call.parameters).join("/");
    const came = { ...call, address: callerAddress(call, settings) };
    const told = { ...(on !== "" && { on }), ...(reason && { detail: reason }) };
    const entry: Entry = { ...by(caller, came), action, ...told, status };
    await audit.append(caller.person === undefined ? entry : { ...entry, about: caller.person });
  };
}

function visibleTo(caller: Caller): (entry: Kept) => boolean {
  if (caller.scopes.includes("admin")) return () => true;
  return ({ authorId, about }) => authorId === caller.id || about === caller.id;
}

function names({ author, authorId, impersonator, impersonatorId }: Entry): (string | undefined)[] {
  return [author, authorId, impersonator, impersonatorId];
}

function shown(entry: Kept): shapes.AuditEntry {
  const { id, at, author, impersonator, action, on, detail, address, method, path, status, hash } = entry;
  const optional = { impersonator, on, detail, address, method, path, status, hash };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return { id, at: new Date(at).toISOString(), author, action, ...given };
}

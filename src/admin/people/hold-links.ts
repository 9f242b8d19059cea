/** Links by which a person decides on a hold once, without logging in: bound to him and to the request, looked at by GET, decided by POST alone. */
import { randomUUID } from "node:crypto";
import { SignalboxError } from "../../core/errors.ts";
import { whyNot, type Hold } from "../../core/hold.ts";
import type { Reply } from "../../core/reply.ts";
import { scopesOf, type Caller } from "../../core/role.ts";
import { decide, endOf, holdFor } from "../deciding.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { escapeHtml, htmlPage } from "../page.ts";
import { holdLink } from "../shapes/holds.ts";
import { isoOf } from "../shown.ts";
import { by, callerOf, type PeopleParts } from "./parts.ts";

/** A link lasts as long, at most; the hold's end is its end as well. */
const LIFE_MS = 24 * 3_600_000;
const PURPOSE = "hold link";

/** What a link says, sealed: nobody can read it, or make one. */
interface Said {
  readonly hold: string;
  readonly hash: string;
  readonly person: string;
  readonly until: number;
  readonly once: string;
}

/** POST /api/v1/holds/:id/link, and the page behind such a link. */
export function holdLinkEndpoints(parts: PeopleParts): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/api/v1/holds/:id/link",
      tag: "Holds",
      summary: "Makes a link by which you decide once, without logging in; whoever has it decides as you",
      scope: "operate",
      audit: "hold.linked",
      reply: holdLink,
      answer: (call) => made(call, parts),
    },
    {
      method: "GET",
      path: "/holds/link/:token",
      tag: "Pages",
      summary: "What a link is about; nothing is decided by looking at it",
      scope: "public",
      answer: (call) => page(call, parts),
    },
    {
      method: "POST",
      path: "/holds/link/:token",
      tag: "Pages",
      summary: "Decides by a link, once",
      scope: "public",
      audit: "hold.link.used",
      answer: (call) => used(call, parts),
    },
  ];
}

async function made(call: Call, parts: PeopleParts): Promise<{ url: string; expiresAt: string }> {
  const { clock, sealer, base, audit, deciding } = parts;
  const caller = callerOf(call);
  const hold = await holdFor(call.parameters["id"], deciding);
  const refusal = whyNot(hold, caller);
  if (refusal !== undefined) throw new SignalboxError("ADMIN_REVIEWER_REFUSED", refusal);
  if (caller.person === undefined)
    throw new SignalboxError("ADMIN_REVIEWER_REFUSED", "A link is a person's; this caller is none.");
  if (hold.state !== "waiting") throw new SignalboxError("ADMIN_HOLD_DECIDED", endOf(hold));
  const until = Math.min(clock.now() + LIFE_MS, hold.expiresAt ?? Infinity);
  const said: Said = { hold: hold.id, hash: hold.hash, person: caller.person, until, once: randomUUID() };
  const sealed = await sealer.seal(JSON.stringify(said), PURPOSE);
  await audit.append({ ...by(caller, call.raw), action: "hold.linked", on: hold.id });
  const token = Buffer.from(sealed, "base64").toString("base64url");
  return { url: `${base()}/holds/link/${token}`, expiresAt: isoOf(until) };
}

/** Who follows a link, and on what. Throws ADMIN_LINK_OVER for one that is none, is over, or was used. */
async function read(call: Call, parts: PeopleParts): Promise<{ said: Said; hold: Hold; caller: Caller }> {
  const { sealer, store, clock, deciding } = parts;
  const token = call.parameters["token"] ?? "";
  const over = (): SignalboxError =>
    new SignalboxError("ADMIN_LINK_OVER", "The link counts no more, or never did.");
  const text = await sealer
    .unseal(Buffer.from(token, "base64url").toString("base64"), PURPOSE)
    .catch((error: unknown) => {
      throw error instanceof SignalboxError ? over() : error;
    });
  const said = JSON.parse(text) as Said;
  const person = await store.person(said.person);
  if (person === undefined || person.blocked || said.until <= clock.now()) throw over();
  const hold = await holdFor(said.hold, deciding);
  const { id, name, role } = person;
  const caller: Caller = { kind: "session", id, name, role, scopes: scopesOf(role), person: id };
  return { said, hold, caller };
}

async function page(call: Call, parts: PeopleParts): Promise<Reply> {
  const { said, hold, caller } = await read(call, parts);
  return linkPage(hold, caller, said.hash === hold.hash);
}

async function used(call: Call, parts: PeopleParts): Promise<Reply> {
  const { audit, store, deciding } = parts;
  const { said, hold, caller } = await read(call, parts);
  const form = new URLSearchParams(call.raw.body.toString("utf8"));
  const what = form.get("decision");
  if (what !== "approve" && what !== "reject")
    throw new SignalboxError("ADMIN_BODY_INVALID", "The form's `decision` must be `approve` or `reject`.");
  if (hold.state === "waiting" && !(await store.takeOnce(`hold-link:${said.once}`, LIFE_MS)))
    throw new SignalboxError("ADMIN_LINK_OVER", "The link was used already; it decides once.");
  const reason = (form.get("reason") ?? "").slice(0, 500);
  const word = { what, hash: said.hash, ...(reason !== "" && { reason }) } as const;
  const decided = await decide(hold, word, caller, "link", deciding);
  const action = `hold.${what === "approve" ? "approved" : "rejected"}`;
  const told = `By the link that was made for ${caller.name}.${reason === "" ? "" : ` ${reason}`}`;
  const path = "/holds/link/…";
  await audit.append({ ...by(caller, { ...call.raw, path }), action, on: hold.id, detail: told });
  return linkPage(decided, caller, true);
}

/** No script; the form goes to where the page came from. */
function linkPage(hold: Hold, caller: Caller, isSame: boolean): Reply {
  const { request } = hold.edit?.draft ?? hold.draft;
  const refusal = isSame ? whyNot(hold, caller) : "What would be sent was changed since the link was made.";
  const approvals = `${hold.given.length} of ${hold.approvals} approvals`;
  const stands = hold.state === "waiting" ? `It waits: ${approvals}.` : endOf(hold);
  const form =
    hold.state !== "waiting"
      ? ""
      : refusal !== undefined
        ? `<p role="alert">${escapeHtml(refusal)}</p>`
        : `<form method="post"><p><label>Reason <input name="reason" maxlength="500"></label></p>` +
          `<p><button name="decision" value="approve">Approve</button> <button name="decision" value="reject">Reject</button></p></form>`;
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  const sent = [
    `${request.method} ${request.url}`,
    ...headers,
    "",
    request.body ?? `(${request.bytes} bytes)`,
  ];
  const reply = htmlPage(
    `Hold of ${hold.route}`,
    `<h1>${escapeHtml(hold.route)} → ${escapeHtml(hold.target)}</h1><p>${escapeHtml(hold.why)}</p><p>${escapeHtml(stands)}</p>` +
      `<p>You are ${escapeHtml(caller.name)}.</p>${form}<h2>What would be sent</h2><pre>${escapeHtml(sent.join("\n"))}</pre>`,
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}",
  );
  const policy = (reply.headers["content-security-policy"] ?? "").replace(
    "form-action 'none'",
    "form-action 'self'",
  );
  // With `no-referrer` a browser would send the form from nowhere, and the guard would take it for another site's.
  return {
    ...reply,
    headers: { ...reply.headers, "content-security-policy": policy, "referrer-policy": "same-origin" },
  };
}

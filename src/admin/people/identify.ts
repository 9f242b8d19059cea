/** Who calls: by a session's cookie, a token, or this machine's own token. What nobody sent is nobody; what is over is refused. */
import { SignalboxError } from "../../core/errors.ts";
import { judgeToken, type ApiToken, type Person } from "../../core/person.ts";
import { scopesOf, type Caller, type Scope } from "../../core/role.ts";
import { by, type Incoming, type PeopleParts } from "./parts.ts";
import { csrfOf, hashOf, looksSecret, readSecret, sameHash } from "./secrets.ts";
import { readCookie, SESSION_COOKIE, lapsesIn } from "./session-cookie.ts";
import { callerAddress } from "./connection.ts";

/** A token's last use, a session's, and the reading of one path by impersonation are written down once in so many ms. */
const NOTED_EVERY_MS = 60_000;
/** Notes of this process of what was written down lately: at most so many. */
const NOTES = 10_000;

/** Finds out who calls. Throws ADMIN_LOGIN_NEEDED for a credential that counts no more, ADMIN_TOKEN_IN_URL. */
export function createIdentify(parts: PeopleParts): (call: Incoming) => Promise<Caller | undefined> {
  const { store, audit, clock, log, settings } = parts;
  const noted = new Map<string, number>();

  /** True once a minute for each key. */
  const due = (key: string): boolean => {
    const now = clock.now();
    const last = noted.get(key);
    if (last !== undefined && now - last < NOTED_EVERY_MS) return false;
    if (noted.size >= NOTES) noted.clear();
    noted.set(key, now);
    return true;
  };

  return async (raw) => {
    const call = { ...raw, address: callerAddress(raw, settings) };
    await refuseTokenInUrl(call);
    const bearer = /^Bearer +(\S+)$/i.exec(call.headers["authorization"] ?? "")?.[1];
    if (bearer !== undefined) return byToken(bearer, call);
    if (call.headers["authorization"] !== undefined) throw refused("The authorization is no Bearer token.");
    const secret = readCookie(call.headers["cookie"], SESSION_COOKIE);
    return secret === undefined ? undefined : bySession(secret, call);
  };

  async function byToken(secret: string, call: Incoming): Promise<Caller> {
    const hash = hashOf(secret);
    if (sameHash(hash, parts.localHash)) return everything("local", "local");
    const { adminToken } = settings;
    if (adminToken !== undefined && sameHash(hash, hashOf(adminToken)))
      return everything("token", "automation");
    const token = await tokenOf(secret);
    if (token === undefined) throw refused("The token is none of ours.");
    const caller = await callerBy(token, "token", call);
    if (due(token.id)) await store.noteUse(token.id, clock.now());
    return caller;
  }

  /** The token of a secret, whether it counts or not. */
  async function tokenOf(secret: string): Promise<ApiToken | undefined> {
    const read = readSecret(secret);
    if (read === undefined || (read.kind !== "pat" && read.kind !== "imp")) return undefined;
    const token = await store.token(`tok_${read.id26}`);
    return token !== undefined && sameHash(hashOf(secret), token.hash) ? token : undefined;
  }

  async function callerBy(
    token: ApiToken,
    kind: "session" | "token",
    call: Incoming,
    owner?: Person,
  ): Promise<Caller> {
    const { impersonation } = token;
    const [person, admin] = await Promise.all([
      owner ?? store.person(token.userId),
      impersonation && store.person(impersonation.by),
    ]);
    const judged = judgeToken(token, person, admin, {
      now: clock.now(),
      impersonation: settings.impersonation === "on",
    });
    if ("refused" in judged) throw refused(judged.refused);
    const { id, name, role } = person!;
    const caller: Caller = {
      kind,
      id,
      name,
      role,
      scopes: judged.scopes,
      person: id,
      token: token.id,
      ...(admin !== undefined && { impersonator: { id: admin.id, name: admin.name } }),
    };
    if (impersonation !== undefined) await noteImpersonation(caller, token, call);
    return caller;
  }

  /** Each act of an impersonator is written down before it is done, or is not done. */
  async function noteImpersonation(caller: Caller, token: ApiToken, call: Incoming): Promise<void> {
    const reading = call.method === "GET" || call.method === "HEAD";
    const key = `${token.id} ${call.path}`;
    if (reading && !due(key)) return;
    try {
      await audit.append({
        ...by(caller, call),
        action: "impersonation.used",
        on: token.id,
        about: token.userId,
      });
    } catch (error) {
      noted.delete(key);
      throw error;
    }
  }

  async function bySession(secret: string, call: Incoming): Promise<Caller | undefined> {
    const hash = hashOf(secret);
    const session = await store.session(hash);
    if (session === undefined) return undefined;
    const person = await store.person(session.user);
    const now = clock.now();
    const lapses = lapsesIn(session, now, settings);
    if (person === undefined || person.blocked || person.generation !== session.generation || lapses <= 0)
      return undefined;
    if (now - session.seenAt > NOTED_EVERY_MS && due(hash))
      await store.touch(hash, { ...session, seenAt: now }, lapses);
    const csrf = csrfOf(secret);
    if (session.token !== undefined) {
      const token = await store.token(session.token);
      if (token === undefined) return undefined;
      return { ...(await callerBy(token, "session", call, person)), csrf };
    }
    const { id, name, role } = person;
    return { kind: "session", id, name, role, scopes: scopesOf(role), person: id, csrf };
  }

  async function refuseTokenInUrl(call: Incoming): Promise<void> {
    const found = [...call.query].find(
      ([name, value]) => looksSecret(value) || /^(access_token|private_token|api_key|token)$/i.test(name),
    );
    if (found === undefined) return;
    const token = await tokenOf(found[1]);
    log.warn({ path: call.path, token: token?.id, address: call.address }, "token.exposed");
    if (token !== undefined && due(`url ${token.id}`)) {
      const entry = { ...by(undefined, call), action: "token.exposed", on: token.id, about: token.userId };
      await audit.append({ ...entry, detail: "It was sent in a URL, and refused." });
    }
    throw new SignalboxError(
      "ADMIN_TOKEN_IN_URL",
      "The call carries a token in its URL, and was refused unread.",
    );
  }
}

function everything(kind: "local" | "token", name: string): Caller {
  const scopes: readonly Scope[] = scopesOf("admin");
  return { kind, id: name, name, role: "admin", scopes };
}

function refused(detail: string): SignalboxError {
  return new SignalboxError("ADMIN_LOGIN_NEEDED", detail);
}

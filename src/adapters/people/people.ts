/** People, tokens and sessions in Redis. A change and its audit entry are one step; who decided by something old decides anew. */
import { SignalboxError } from "../../core/errors.ts";
import type { ApiToken, Person } from "../../core/person.ts";
import { VERSION_KEY, type AuditTrail, type Entry, type Write } from "./audit.ts";
import { inLine } from "../in-line.ts";
import type { StoreConnection } from "../store/redis.ts";

/** A log-in that lasts; found by the hash of its secret. */
export interface Session {
  readonly user: string;
  /** It counts while the person's is the same. */
  readonly generation: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly seenAt: number;
  /** The impersonation token by which it was begun. */
  readonly token?: string;
}

/** Everybody, at one moment. */
export interface Everybody {
  readonly people: ReadonlyMap<string, Person>;
  readonly tokens: ReadonlyMap<string, ApiToken>;
}

/** What a decision comes to: commands by the makers below, and what is to be written down about it. */
export interface Change<T> {
  readonly writes: readonly Write[];
  readonly entry: Entry;
  readonly value: T;
}

export interface PeopleStore {
  everybody(): Promise<Everybody>;
  person(id: string): Promise<Person | undefined>;
  named(name: string): Promise<Person | undefined>;
  token(id: string): Promise<ApiToken | undefined>;
  /** Decides by everybody of this moment and carries it out with its entry, or nothing. `decide` may be asked again. */
  change<T>(decide: (everybody: Everybody) => Change<T> | Promise<Change<T>>): Promise<T>;
  session(hash: string): Promise<Session | undefined>;
  /** Notes that a session was used, unless it has ended meanwhile; it lapses after so many ms. */
  touch(hash: string, session: Session, lapsesMs: number): Promise<void>;
  /** Epoch ms by id: last use of tokens, last log-ins of people. */
  lastUsed(): Promise<ReadonlyMap<string, number>>;
  lastLogins(): Promise<ReadonlyMap<string, number>>;
  noteUse(token: string, at: number): Promise<void>;
  /** True for the first who takes it within so many ms: steps of one-time codes, states of log-ins elsewhere. */
  takeOnce(name: string, ms: number): Promise<boolean>;
  /** Keeps a text for so many ms, to be taken once. */
  leave(name: string, text: string, ms: number): Promise<void>;
  take(name: string): Promise<string | undefined>;
}

const keys = {
  people: "{sb}:people",
  names: "{sb}:people:names",
  tokens: "{sb}:tokens",
  used: "{sb}:tokens:used",
  logins: "{sb}:people:logins",
  session: (hash: string): string => `{sb}:session:${hash}`,
  once: (name: string): string => `{sb}:once:${name}`,
} as const;

/** Decisions that are made anew because people changed meanwhile. */
const TRIES = 50;

/** Commands of a change. */
export const writes = {
  person: (person: Person): Write[] => [
    ["HSET", keys.people, person.id, JSON.stringify(person)],
    ["HSET", keys.names, fold(person.name), person.id],
  ],
  noPerson: (person: Person): Write[] => [
    ["HDEL", keys.people, person.id],
    ["HDEL", keys.names, fold(person.name)],
    ["HDEL", keys.logins, person.id],
  ],
  token: (token: ApiToken): Write[] => [["HSET", keys.tokens, token.id, JSON.stringify(token)]],
  noToken: (id: string): Write[] => [
    ["HDEL", keys.tokens, id],
    ["HDEL", keys.used, id],
  ],
  session: (hash: string, session: Session, lapsesMs: number): Write[] => [
    ["SET", keys.session(hash), JSON.stringify(session), "PX", Math.ceil(lapsesMs)],
    ...(session.token === undefined ? [["HSET", keys.logins, session.user, session.createdAt]] : []),
  ],
  noSession: (hash: string): Write[] => [["DEL", keys.session(hash)]],
} as const;

/** Names that are the same but for case and the way their accents are written are the same name. */
export function fold(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/** The store of people over a connection that fails fast. */
export function createPeopleStore(connection: StoreConnection, audit: AuditTrail): PeopleStore {
  // Changes of this process stand in line: side by side, most of them would be decided by what is old already.
  const line = inLine();
  const read = async (): Promise<Everybody & { version: string }> => {
    // The version first: what changes after it makes the commit fail.
    const replies = await connection
      .pipeline()
      .get(VERSION_KEY)
      .hgetall(keys.people)
      .hgetall(keys.tokens)
      .exec();
    const [version, people, tokens] = (replies ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
    return {
      version: typeof version === "string" ? version : "0",
      people: parsed<Person>(people),
      tokens: parsed<ApiToken>(tokens),
    };
  };
  const one = async <T>(key: string, id: string): Promise<T | undefined> => {
    const text = await connection.hget(key, id);
    return text === null ? undefined : (JSON.parse(text) as T);
  };
  const person = (id: string): Promise<Person | undefined> => one<Person>(keys.people, id);
  return {
    everybody: read,
    person,
    token: (id) => one<ApiToken>(keys.tokens, id),
    async named(name) {
      const id = await connection.hget(keys.names, fold(name));
      return id === null ? undefined : person(id);
    },
    change: (decide) =>
      line(async () => {
        for (let tries = 0; tries < TRIES; tries++) {
          const everybody = await read();
          const { writes: commands, entry, value } = await decide(everybody);
          if ((await audit.append(entry, commands, everybody.version)) === "done") return value;
        }
        throw new SignalboxError("ADMIN_CONFLICT", "People and tokens are being changed all the time.");
      }),
    async session(hash) {
      const text = await connection.get(keys.session(hash));
      return text === null ? undefined : (JSON.parse(text) as Session);
    },
    async touch(hash, session, lapsesMs) {
      await connection.set(keys.session(hash), JSON.stringify(session), "PX", Math.ceil(lapsesMs), "XX");
    },
    lastUsed: async () => numbers(await connection.hgetall(keys.used)),
    lastLogins: async () => numbers(await connection.hgetall(keys.logins)),
    async noteUse(token, at) {
      await connection.hset(keys.used, token, at);
    },
    async takeOnce(name, ms) {
      return (await connection.set(keys.once(name), "1", "PX", ms, "NX")) === "OK";
    },
    async leave(name, text, ms) {
      await connection.set(keys.once(name), text, "PX", ms);
    },
    async take(name) {
      const replies = await connection.multi().get(keys.once(name)).del(keys.once(name)).exec();
      const text = replies?.[0]?.[1];
      return typeof text === "string" ? text : undefined;
    },
  };
}

function parsed<T>(hash: unknown): ReadonlyMap<string, T> {
  return new Map(
    Object.entries((hash ?? {}) as Record<string, string>).map(([id, text]) => [id, JSON.parse(text) as T]),
  );
}

function numbers(hash: Record<string, string>): ReadonlyMap<string, number> {
  return new Map(Object.entries(hash).map(([id, text]) => [id, Number(text)]));
}

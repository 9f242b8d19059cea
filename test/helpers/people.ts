/** People at the operator's side, as a browser would call it: with a cookie, and what shows that the page is ours. */
import { createHmac } from "node:crypto";
import { request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>> & {
    readonly code?: string;
    readonly detail?: string;
    readonly items?: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Somebody who is logged in, or nobody. */
export interface Client {
  cookie: string | undefined;
  csrf: string | undefined;
  id: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Reads who one is, and with it what changes must carry. */
  refresh(): Promise<Answer>;
}

export const PASSWORD = "four horses under a lamp";

/** A browser without a session. */
export function aBrowser(admin: string): Client {
  const client: Client = {
    cookie: undefined,
    csrf: undefined,
    id: "",
    async call(method, path, body, headers = {}) {
      const response = await fetch(path.startsWith("http") ? path : `${admin}${path}`, {
        method,
        redirect: "manual",
        headers: {
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(client.cookie !== undefined && { cookie: client.cookie }),
          ...(client.csrf !== undefined && method !== "GET" && { "x-csrf-token": client.csrf }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      for (const set of response.headers.getSetCookie()) {
        const [pair = ""] = set.split(";", 1);
        if (pair.startsWith("__Host-signalbox=")) client.cookie = pair.endsWith("=") ? undefined : pair;
      }
      const text = await response.text();
      const json = text.startsWith("{") ? (JSON.parse(text) as Answer["json"]) : {};
      return { status: response.status, headers: response.headers, json };
    },
    async refresh() {
      client.csrf = undefined;
      const answer = await client.call("GET", "/api/v1/session");
      client.csrf = answer.json["csrf"] as string | undefined;
      client.id = String(answer.json["id"] ?? "");
      return answer;
    },
  };
  return client;
}

/** The first admin, made by the link that the router printed. */
export async function setUp(admin: string, setup: string | undefined, name = "root"): Promise<Client> {
  const client = aBrowser(admin);
  const token = new URL(setup ?? "").hash.slice(1);
  const { status, json } = await client.call("POST", "/api/v1/setup", { token, name, password: PASSWORD });
  if (status !== 204) throw new Error(`setup answered ${status} ${json.code}`);
  await client.refresh();
  return client;
}

/** Somebody new, who has taken the invite of an admin. */
export async function invite(admin: string, by: Client, name: string, role: string): Promise<Client> {
  const made = await by.call("POST", "/api/v1/users", { name, role });
  if (made.status !== 201) throw new Error(`the user was not made: ${made.status} ${made.json.code}`);
  const client = aBrowser(admin);
  const token = new URL(String(made.json["invite"])).hash.slice(1);
  const taken = await client.call("POST", "/api/v1/invite", { token, password: PASSWORD });
  if (taken.status !== 204) throw new Error(`the invite was not taken: ${taken.status} ${taken.json.code}`);
  await client.refresh();
  return client;
}

/** Tries to log in. */
export async function logIn(
  admin: string,
  name: string,
  password = PASSWORD,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ client: Client; answer: Answer }> {
  const client = aBrowser(admin);
  const answer = await client.call("POST", "/api/v1/session", { name, password, ...more });
  if (answer.status === 204) await client.refresh();
  return { client, answer };
}

/** A call with headers that fetch does not let one set: `host`, `sec-fetch-mode`. With a body it is a POST. */
export function callAs(
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<{ status: number; text: string; location: string | undefined; cookies: string[] }> {
  return new Promise((resolve, reject) => {
    const given = body === undefined ? {} : { "content-type": "application/json" };
    const options = { method: body === undefined ? "GET" : "POST", headers: { ...given, ...headers } };
    const sent = request(url, options, (response) => {
      let text = "";
      const { statusCode: status = 0, headers: answered } = response;
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status, text, location: answered.location, cookies: answered["set-cookie"] ?? [] }),
      );
    });
    sent.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The code of RFC 6238 at a time (epoch ms), reckoned here and not by the library that is tested. */
export function totpCode(secret: string, at: number): string {
  const bits = [...secret].map((sign) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(sign).toString(2).padStart(5, "0"),
  );
  const bytes = bits
    .join("")
    .match(/.{8}/g)!
    .map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  const offset = digest[19]! & 15;
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

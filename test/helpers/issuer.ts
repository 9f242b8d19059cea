/** An OAuth 2.0 token endpoint on loopback, and an API that takes its tokens as long as they are good. */
import { randomBytes } from "node:crypto";
import { aTarget, type Answering, type Arrival, type TargetServer } from "./target.ts";

export interface Issuer {
  readonly tokenUrl: string;
  /** Tokens that were issued, the oldest first. */
  readonly issued: string[];
  /** How a request for a token was made. */
  readonly asked: Arrival[];
  /** What the next requests are told instead of a token. */
  refuse: { readonly status: number; readonly body?: string } | undefined;
  /** Answers as an API does that wants a good token: 401 without one. */
  readonly guard: (answer: Answering) => Answering;
  /** None of the tokens up to now is good any more. */
  revoke(): void;
  close(): Promise<void>;
}

/** Issues tokens to `app` with `s3cr3t-of-the-app` that say they are good for `expiresIn` seconds, and are for `goodMs`. */
export async function anIssuer({
  expiresIn = 3600,
  goodMs = 3_600_000,
  delayMs = 0,
}: { expiresIn?: number; goodMs?: number; delayMs?: number } = {}): Promise<Issuer> {
  const good = new Map<string, number>();
  const server: TargetServer = await aTarget((arrival, response) => {
    const [kind, credential = ""] = (arrival.headers["authorization"] ?? "").split(" ");
    const form = new URLSearchParams(arrival.body);
    const [id, secret] =
      kind === "Basic"
        ? Buffer.from(credential, "base64").toString().split(":").map(decodeURIComponent)
        : [form.get("client_id"), form.get("client_secret")];
    const reply = (status: number, body: string): void =>
      void setTimeout(
        () => response.writeHead(status, { "content-type": "application/json" }).end(body),
        delayMs,
      );
    if (issuer.refuse !== undefined) return reply(issuer.refuse.status, issuer.refuse.body ?? "{}");
    if (form.get("grant_type") !== "client_credentials")
      return reply(400, '{"error":"unsupported_grant_type"}');
    if (id !== "app" || secret !== SECRET_OF_THE_APP) return reply(401, '{"error":"invalid_client"}');
    const token = `tok3n.${randomBytes(24).toString("base64url")}`;
    issuer.issued.push(token);
    good.set(token, Date.now() + goodMs);
    reply(200, JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: expiresIn }));
  });
  const issuer: Issuer = {
    tokenUrl: `${server.url}/token`,
    issued: [],
    asked: server.arrivals,
    refuse: undefined,
    guard: (answer) => (arrival, response, nth) => {
      const token = (arrival.headers["authorization"] ?? "").replace(/^Bearer /, "");
      if ((good.get(token) ?? 0) > Date.now()) return answer(arrival, response, nth);
      response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end();
    },
    revoke: () => good.clear(),
    close: () => server.close(),
  };
  return issuer;
}

export const SECRET_OF_THE_APP = "s3cr3t-of-the-app";

/** The `auth` of a target that asks this issuer. */
export function authOf({ tokenUrl }: Issuer, more = ""): string {
  return `auth: { type: oauth2, tokenUrl: "${tokenUrl}", clientId: app, clientSecret: "\${APP_SECRET}"${more} }`;
}

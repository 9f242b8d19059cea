/** A real OpenID Connect provider on loopback, and a browser that logs in there and comes back. */
import { createServer, type Server } from "node:http";
import { Provider } from "oidc-provider";
import { freePort } from "./redis.ts";

export const CLIENT = { id: "signalbox", secret: "a client's secret of this test" } as const;

export interface IdentityProvider {
  readonly issuer: string;
  /** Claims by account; an account's name is its subject. */
  readonly claims: Map<string, Readonly<Record<string, unknown>>>;
  /** Registers where it may send browsers back to. Before that it does not answer. */
  open(redirectUri: string): void;
  close(): Promise<void>;
}

/** Starts one; the id token holds `preferred_username` and `roles`. */
export async function anIdentityProvider(): Promise<IdentityProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const claims = new Map<string, Readonly<Record<string, unknown>>>();
  let serve: ReturnType<Provider["callback"]> | undefined;
  const server: Server = createServer((request, response) =>
    serve === undefined ? void response.writeHead(503).end() : void serve(request, response),
  );
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    claims,
    open(redirectUri) {
      const provider = new Provider(issuer, {
        clients: [
          {
            client_id: CLIENT.id,
            client_secret: CLIENT.secret,
            redirect_uris: [redirectUri],
            token_endpoint_auth_method: "client_secret_post",
          },
        ],
        claims: { openid: ["sub"], profile: ["preferred_username", "roles"] },
        conformIdTokenClaims: false,
        cookies: { keys: ["a key of this test"] },
        findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...claims.get(sub) }) }),
      });
      serve = provider.callback();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A browser at the provider: logs in as an account from a start URL on, and returns the URL it is sent back to. */
export async function logInThere(from: string, account: string, backTo: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = from;
  let form: URLSearchParams | undefined;
  for (let hop = 0; hop < 20; hop++) {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form && { method: "POST", body: form }),
    });
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      jar.set(name, value);
    }
    form = undefined;
    const location = response.headers.get("location");
    if (location !== null) {
      url = new URL(location, url).href;
      if (url.startsWith(backTo)) return url;
      continue;
    }
    const page = await response.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (prompt === undefined)
      throw new Error(`The provider answered ${response.status}: ${page.slice(0, 300)}`);
    form = new URLSearchParams({ prompt, ...(prompt === "login" && { login: account, password: "any" }) });
    url = new URL(/action="([^"]+)"/.exec(page)![1]!, url).href;
  }
  throw new Error("The provider sends the browser round and round.");
}

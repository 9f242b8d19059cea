/** GitHub's side: signed webhooks, as github.com would send them. */
import { createHmac, randomUUID } from "node:crypto";

export const SECRET = "a test's own secret";

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly json: {
    id?: string;
    deliveries?: string[];
    duplicate?: boolean;
    code?: string;
    type?: string;
    detail?: string;
  };
}

export interface Webhook {
  readonly type?: string;
  readonly id?: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secret?: string;
}

/** The headers of a webhook with a right signature. */
export function headersOf({
  type = "push",
  id = randomUUID(),
  body,
  headers,
  secret = SECRET,
}: Webhook): Record<string, string> {
  return {
    "content-type": "application/json",
    "x-github-event": type,
    "x-github-delivery": id,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    ...headers,
  };
}

/** Posts a signed webhook to `/hooks/<source>`. */
export async function post(hooks: string, webhook: Webhook, source = "github"): Promise<Sent> {
  const response = await fetch(`${hooks}/hooks/${source}`, {
    method: "POST",
    headers: headersOf(webhook),
    body: webhook.body as string,
  });
  const text = await response.text();
  let json: Sent["json"] = {};
  try {
    json = JSON.parse(text) as Sent["json"];
  } catch {
    // An answer that is not JSON shows as an empty one.
  }
  return { status: response.status, headers: response.headers, json };
}

/** greet: a handshake is answered, and what follows from it is done: a secret kept, the provider's URL called. */
import { SignalboxError } from "../core/errors.ts";
import type { Reply } from "../core/reply.ts";
import type { Ports } from "../ports.ts";
import type { Source } from "../rules/workspace.ts";
import { accessToken } from "../providers/access-token.ts";
import type { Confirmation } from "../providers/match-handshake.ts";
import type { Greeted } from "./authenticate.ts";

const CONFIRM_MS = 5_000;

/** The answer. Throws ACCEPT_SIGNATURE_INVALID where a secret was handed over by another request before. */
export async function greet(
  { reply, capture, confirm }: Greeted,
  { name }: Source,
  { captured, ...ports }: Pick<Ports, "captured" | "http" | "fetchText" | "log">,
): Promise<Reply> {
  if (capture !== undefined) {
    if (!(await captured.keep(name, capture))) {
      throw new SignalboxError(
        "ACCEPT_SIGNATURE_INVALID",
        `The request to source \`${name}\` is not verified.`,
        { cause: "handshake: the source has a secret, which no request may replace" },
      );
    }
    ports.log.info({ source: name }, "secret.captured");
  }
  // After the answer: the provider may wait for it before it answers.
  if (confirm !== undefined) setImmediate(() => void call(confirm, name, ports));
  const { status, contentType, body, headers } = reply;
  return {
    status,
    headers: { ...headers, ...(status !== 204 && { "content-type": contentType }) },
    body,
  };
}

/** The URL holds a token: it is not logged. Redirects are not followed, and only public addresses are called. */
async function call(
  { url, post, token, spare }: Confirmation,
  source: string,
  { http, fetchText, log }: Pick<Ports, "http" | "fetchText" | "log">,
): Promise<void> {
  try {
    const bearer = token && (await accessToken(token, false, fetchText));
    const { status } = await http.send({
      method: post === undefined ? "GET" : "POST",
      url,
      headers: {
        ...(post !== undefined && { "content-type": "application/json" }),
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      },
      body: post === undefined ? undefined : Buffer.from(post),
      timeoutMs: CONFIRM_MS,
    });
    if (status < 300) log.info({ source, status }, "handshake.confirmed");
    else log[spare === true ? "info" : "warn"]({ source, status }, "handshake.unconfirmed");
  } catch (error) {
    log[spare === true ? "info" : "warn"](
      { source, error: error instanceof SignalboxError ? error.detail : "The provider could not be called." },
      "handshake.unconfirmed",
    );
  }
}

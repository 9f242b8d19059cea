/** greet: a handshake is answered, and what follows from it is done: a secret kept, the provider's URL called. */
import { SignalboxError } from "../core/errors.ts";
import type { Reply } from "../core/reply.ts";
import type { Ports } from "../ports.ts";
import type { Source } from "../rules/workspace.ts";
import type { Greeted } from "./authenticate.ts";

const CONFIRM_MS = 5_000;

/** The answer. Throws ACCEPT_SIGNATURE_INVALID where a secret was handed over by another request before. */
export async function greet(
  { reply, capture, confirm }: Greeted,
  { name }: Source,
  { captured, http, log }: Pick<Ports, "captured" | "http" | "log">,
): Promise<Reply> {
  if (capture !== undefined) {
    if (!(await captured.keep(name, capture))) {
      throw new SignalboxError(
        "ACCEPT_SIGNATURE_INVALID",
        `The request to source \`${name}\` is not verified.`,
        { cause: "handshake: the source has a secret, which no request may replace" },
      );
    }
    log.info({ source: name }, "secret.captured");
  }
  // After the answer: the provider may wait for it before it answers.
  if (confirm !== undefined) setImmediate(() => void call(confirm, name, { http, log }));
  const { status, contentType, body, headers } = reply;
  return {
    status,
    headers: { ...headers, ...(status !== 204 && { "content-type": contentType }) },
    body,
  };
}

/** The URL holds a token: it is not logged. Redirects are not followed, and only public addresses are called. */
async function call(url: string, source: string, { http, log }: Pick<Ports, "http" | "log">): Promise<void> {
  try {
    const { status } = await http.send({
      method: "GET",
      url,
      headers: {},
      body: undefined,
      timeoutMs: CONFIRM_MS,
    });
    log.info({ source, status }, "handshake.confirmed");
  } catch (error) {
    log.warn(
      { source, error: error instanceof SignalboxError ? error.detail : String(error) },
      "handshake.unconfirmed",
    );
  }
}

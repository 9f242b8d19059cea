/** Calls with a short-lived proof: it is taken from what all processes share, and once more where the target refuses it. */
import { SignalboxError } from "../core/errors.ts";
import type { Answer, Http, OutboundRequest, Tokens } from "../ports.ts";
import { hidden } from "./hide.ts";

/** The same seam with proofs put in: everything that is sent through it is authorized alike. */
export function authorizing(http: Http, tokens: Tokens): Http {
  return { send: (request) => (request.credential === undefined ? http.send(request) : authorized(request)) };

  async function authorized({ credential: of, ...request }: OutboundRequest): Promise<Answer> {
    const credential = of!;
    const obtain = async (): Promise<{ text: string; lifeMs: number }> =>
      credential.read(await issuing(credential.request));
    const first = await tokens.take(credential.name, undefined, obtain);
    const answer = await http.send(credential.apply(request, first));
    if (!credential.isRefused(answer)) return without(answer, credential.secrets(first));
    const second = await tokens.take(credential.name, first, obtain);
    if (second === first) return without(answer, credential.secrets(first));
    return without(await http.send(credential.apply(request, second)), credential.secrets(second));
  }

  function issuing(request: OutboundRequest): Promise<Answer> {
    return http.send(request).catch((cause: unknown) => {
      throw asIssuers(cause, request.url);
    });
  }
}

/** An answer that repeats the proof is kept without it. */
function without(answer: Answer, secrets: readonly string[]): Answer {
  const body = hidden(answer.body, secrets);
  return body === answer.body ? answer : { ...answer, body };
}

/** An issuer that cannot be reached is no fault of the target's; what cannot be called at all stays what it is. */
function asIssuers(cause: unknown, url: string): unknown {
  const passing = ["FORWARD_CONNECTION_FAILED", "FORWARD_TIMEOUT"];
  if (!(cause instanceof SignalboxError) || !passing.includes(cause.code)) return cause;
  const detail = `No token from ${new URL(url).host}: ${cause.detail}`;
  return new SignalboxError("FORWARD_TOKEN_UNAVAILABLE", detail, { cause });
}

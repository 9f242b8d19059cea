/** call: a result becomes a request, which is sent; what was sent and answered is noted as it may be kept. */
import { SignalboxError } from "../core/errors.ts";
import type { Answer, OutboundRequest, Ports, Recorded } from "../ports.ts";
import type { Target } from "../rules/workspace.ts";
import { hidden } from "./hide.ts";
import { buildRequest } from "./request.ts";
import type { Wanted } from "./request.ts";

/** What is known of a call while it is made, however it ends. */
export interface Sent {
  request?: OutboundRequest;
  /** The request's URL as it may be shown. */
  url?: string;
  /** The request's body, where it is the result as JSON. */
  json?: Buffer;
  answer?: Answer;
}

/** Calls the target; where its secrets come from files and are refused, once more if the files hold others by now. */
export async function call(
  recorded: Recorded,
  named: Target,
  result: unknown,
  ports: Pick<Ports, "http" | "clock" | "tracing">,
  sent: Sent,
  wanted?: Wanted,
): Promise<Answer> {
  if (named.renewed === undefined) return once(recorded, named, result, ports, sent, wanted);
  const target = await named.renewed(false);
  const made = await once(recorded, target, result, ports, sent, wanted).catch(refusal);
  if ("status" in made && made.status !== 401 && made.status !== 403) return made;
  const renewed = await named.renewed(true);
  if (renewed !== target) return once(recorded, renewed, result, ports, sent, wanted);
  if ("status" in made) return made;
  throw made;
}

/** An issuer's refusal; anything else is thrown on. */
function refusal(thrown: unknown): SignalboxError {
  if (thrown instanceof SignalboxError && thrown.code === "FORWARD_CREDENTIAL_REFUSED") return thrown;
  throw thrown;
}

async function once(
  recorded: Recorded,
  target: Target,
  result: unknown,
  { http, clock, tracing }: Pick<Ports, "http" | "clock" | "tracing">,
  sent: Sent,
  wanted?: Wanted,
): Promise<Answer> {
  const { secrets } = target;
  const request = await buildRequest(recorded, target, result, clock.now(), { tracing, ...wanted });
  delete sent.answer;
  sent.request = request;
  sent.url = hidden(withoutQuery(request.url), secrets);
  // A format writes it another way, and some signatures stand in the body.
  const isResult = target.encode === undefined && target.sign === undefined && typeof result !== "string";
  if (isResult && request.body !== undefined) sent.json = request.body;
  const answer = await http.send(request);
  sent.answer = secrets.length === 0 ? answer : { ...answer, body: hidden(answer.body, secrets) };
  return sent.answer;
}

/** Queries may carry keys: they are not kept. */
function withoutQuery(url: string): string {
  const at = url.search(/[?#]/);
  return at < 0 ? url : url.slice(0, at);
}

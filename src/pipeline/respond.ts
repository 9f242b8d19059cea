/** respond: the sender is answered by a rule, or by what one route's target says within some seconds; by a stated fallback otherwise. */
import { answerValue, jsonOf } from "../core/answer-value.ts";
import type { DeliveryId } from "../core/delivery.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Event } from "../core/event.ts";
import { deliveryId } from "../core/ids.ts";
import type { Reply } from "../core/reply.ts";
import type { RespondFile } from "../core/respond.ts";
import type { Awaited, Ended, Ports } from "../ports.ts";
import { applyRoute } from "../rules/apply.ts";
import type { Source, Workspace } from "../rules/workspace.ts";
import type { AcceptedEvent } from "./accept.ts";
import type { AnswerTo, Dispatched } from "./dispatch.ts";

/** ms from a request's arrival within which it is answered, the time to write the answer left out. */
const LIMIT_MS = 4_500;

/** A request whose answer is made: what a delivery's end is to be told to, where one is waited for. */
export interface Asked {
  readonly respond: RespondFile;
  readonly answerTo?: AnswerTo;
  readonly awaited?: Awaited;
}

/** What has to be known before the event is dispatched; undefined for a source that is answered the usual way. */
export async function asked(
  accepted: readonly AcceptedEvent[],
  { file: { respond } }: Source,
  { answers }: Pick<Ports, "answers">,
): Promise<Asked | undefined> {
  if (respond?.route === undefined) return respond?.transform === undefined ? undefined : { respond };
  const [first] = accepted;
  if (first === undefined) return undefined;
  const channel = await answers.listen();
  const answerTo = { route: respond.route, channel };
  return { respond, answerTo, awaited: answers.await(deliveryId(first.event.context.id, respond.route)) };
}

/** The answer that is made; undefined where the fallback is to be given. Never throws. `arrivedAt` is the request's. */
export async function made(
  { respond, awaited }: Asked,
  dispatched: Dispatched,
  { event }: AcceptedEvent,
  { workspace, arrivedAt }: { readonly workspace: Workspace; readonly arrivedAt: number },
  ports: Pick<Ports, "answers" | "log">,
): Promise<Reply | undefined> {
  // A repetition's answer is made as the first one's was: by the same id, chance is the same.
  const first: Event = { ...event, context: { ...event.context, id: dispatched.id } };
  const line = { event: dispatched.id, source: event.context.source };
  try {
    if (respond.route === undefined) return await byRule(respond, event.payload, first, workspace);
    const left = LIMIT_MS - (performance.now() - arrivedAt);
    const waitMs = Math.min((respond.waitSeconds ?? 0) * 1000, left);
    const ended = await endOf(respond.route, dispatched, awaited!, waitMs, ports);
    const state = ended?.state ?? "none";
    ports.log.info({ ...line, route: respond.route, state }, "event.answered");
    if (ended?.state !== "delivered" || ended.body === undefined || ended.cut === true) return undefined;
    if (respond.transform !== undefined)
      return await byRule(respond, answerValue(ended.body), first, workspace);
    return passedOn(respond, ended);
  } catch (error) {
    const told =
      error instanceof SignalboxError ? { code: error.code, detail: error.detail } : { error: String(error) };
    ports.log.warn({ ...line, transform: respond.transform, ...told }, "event.unanswered");
    return undefined;
  } finally {
    awaited?.drop();
  }
}

/** The end of the route's delivery, of a known event too; undefined where there is none in time. */
async function endOf(
  route: string,
  { id: event, deliveries, duplicate }: Dispatched,
  awaited: Awaited,
  waitMs: number,
  { answers }: Pick<Ports, "answers">,
): Promise<Ended | undefined> {
  const id: DeliveryId = deliveryId(event, route);
  if (!deliveries.includes(id)) return undefined;
  if (!duplicate) return awaited.within(waitMs);
  // Its end was told to whoever asked first, or is still to come.
  const own = answers.await(id);
  return own.within(waitMs).finally(() => own.drop());
}

async function byRule(
  { transform: name = "", status = 200, contentType }: RespondFile,
  payload: unknown,
  { context }: Event,
  { transforms }: Workspace,
): Promise<Reply> {
  const transform = transforms.get(name)!;
  const applied = await applyRoute({ transform }, payload, context);
  const result = applied.filtered ? null : applied.result;
  const isText = typeof result === "string";
  return {
    status,
    headers: { "content-type": contentType ?? (isText ? "text/plain; charset=utf-8" : "application/json") },
    body: isText ? result : JSON.stringify(result),
  };
}

/** A target's answer as it came; of its headers the content type alone, where that is one. */
function passedOn(
  { status, contentType }: RespondFile,
  { status: answered = 200, body = "", ...ended }: Ended,
): Reply {
  const isType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *; *[\w-]+="?[\w.-]+"?)*$/.test(ended.contentType ?? "");
  const guessed = jsonOf(body) === undefined ? "text/plain; charset=utf-8" : "application/json";
  const isEmpty = answered === 204 || body === "";
  return {
    status: status ?? (answered < 300 ? answered : 200),
    headers: isEmpty ? {} : { "content-type": contentType ?? (isType ? ended.contentType! : guessed) },
    body,
  };
}

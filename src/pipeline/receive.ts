/** One turn of the ingest: a request to a source → accept → dispatch, and what the sender is answered. */
import { SignalboxError, errorTable } from "../core/errors.ts";
import type { Request } from "../core/event.ts";
import { problemOf, type Reply } from "../core/reply.ts";
import type { Ports } from "../ports.ts";
import type { Source, Workspace } from "../rules/workspace.ts";
import { accept } from "./accept.ts";
import { dispatch, type Dispatched } from "./dispatch.ts";

/** Answers a request to `/hooks/<name>`. Never throws: a refusal is an answer too, and is counted. */
export async function receive(
  name: string,
  request: Request,
  workspace: Workspace,
  ports: Pick<Ports, "store" | "log" | "clock" | "random" | "limits" | "refusals" | "tally">,
): Promise<Reply> {
  const source = workspace.sources.get(name);
  try {
    if (source === undefined) {
      throw new SignalboxError("ACCEPT_SOURCE_UNKNOWN", `There is no source \`${printable(name)}\`.`);
    }
    await withinLimit(source, ports);
    const accepted = accept(request, source, ports);
    if (accepted.kind === "reply") return handshakeReply(accepted.reply);
    const dispatched = await dispatch(accepted.event, accepted.quarantine !== undefined, workspace, ports);
    ports.tally.request(name, dispatched.duplicate ? "duplicate" : "accepted");
    return acceptedReply(dispatched, source);
  } catch (thrown) {
    return refuse(thrown, source, request, ports);
  }
}

/** A refusal: logged and counted with its cause, answered as a problem that tells no more than the sender may know. */
export function refuse(
  thrown: unknown,
  source: Source | undefined,
  request: Pick<Request, "method" | "address">,
  { log, refusals, clock, tally }: Pick<Ports, "log" | "refusals" | "clock" | "tally">,
): Reply {
  const error =
    thrown instanceof SignalboxError
      ? thrown
      : new SignalboxError("ACCEPT_INTERNAL", "The router failed on this request.", { cause: thrown });
  const cause = typeof error.cause === "string" ? error.cause : error.detail;
  const line = {
    source: source?.name,
    code: error.code,
    cause,
    address: request.address,
    method: request.method,
  };
  if ((errorTable[error.code] as { status?: number }).status === 500)
    log.error({ ...line, error: String(thrown) }, "event.refused");
  else log.warn(line, "event.refused");
  tally.request(source?.name ?? "", error.code);
  const part = error.schema && { schema: error.schema.name, pointer: error.schema.pointer };
  refusals.note({ ...line, source: source?.name ?? "", at: clock.now(), ...part });
  return problemOf(error);
}

async function withinLimit(source: Source, { limits }: Pick<Ports, "limits">): Promise<void> {
  const { limit } = source.file;
  if (limit === undefined) return;
  const waitSeconds = await limits.take(source.name, limit.count, limit.perSeconds);
  if (waitSeconds === 0) return;
  throw new SignalboxError(
    "ACCEPT_RATE_LIMITED",
    `Source \`${source.name}\` takes ${limit.count} requests in ${limit.perSeconds} s.`,
    { retryAfterSeconds: waitSeconds },
  );
}

function acceptedReply({ id, deliveries, duplicate }: Dispatched, { file, provider }: Source): Reply {
  const headers = { "signalbox-event": id };
  if (duplicate) return json(200, { id, deliveries, duplicate: true }, headers);
  const wished = file.respond ?? provider?.response;
  if (wished === undefined) return json(202, { id, deliveries }, headers);
  const { status = 202, body, contentType } = wished;
  if (body === undefined) return { status, headers, body: "" };
  if (typeof body !== "string") return json(status, body, headers);
  return {
    status,
    headers: { ...headers, "content-type": contentType ?? "text/plain; charset=utf-8" },
    body,
  };
}

function handshakeReply({
  status,
  contentType,
  body,
}: {
  status: number;
  contentType: string;
  body: string;
}): Reply {
  return { status, headers: { "content-type": contentType, "x-content-type-options": "nosniff" }, body };
}

function json(status: number, body: unknown, headers: Record<string, string>): Reply {
  return { status, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** A name that a stranger chose, fit to stand in a sentence. */
function printable(name: string): string {
  return name.replace(/[^\w.-]/g, "?").slice(0, 100);
}

/** hold: a request whose signature is refused is held for some hours, where its source asks for that. */
import type { SignalboxError } from "../core/errors.ts";
import type { Request } from "../core/event.ts";
import type { Ports } from "../ports.ts";
import type { Source } from "../rules/workspace.ts";

/** The id under which the request, which came at `at` (epoch ms), is held; undefined where it is not. */
export function hold(
  error: SignalboxError,
  source: Source | undefined,
  request: Partial<Request>,
  cause: string,
  at: number,
  { quarantine, random }: Pick<Ports, "quarantine" | "random">,
): string | undefined {
  if (error.code !== "ACCEPT_SIGNATURE_INVALID" || source?.file.onInvalid !== "quarantine") return undefined;
  // A request that broke off has no body; a question of a provider's is asked again anyway.
  if (request.body === undefined || request.method !== "POST") return undefined;
  const id = `req_${Buffer.from(random.bytes(16)).toString("hex")}`;
  const held = { id, source: source.name, cause, at, request: request as Request };
  quarantine.hold(held, source.file.quarantineHours);
  return id;
}

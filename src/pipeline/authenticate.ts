/** authenticate: who sent the request is known, or it is refused with the reason; a provider's handshake is answered. */
import { decodeContent } from "../core/body.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Request } from "../core/event.ts";
import type { Ports } from "../ports.ts";
import { diagnose } from "../providers/diagnose.ts";
import { diagnoseToken } from "../providers/diagnose-token.ts";
import { matchHandshake, type Confirmation, type HandshakeReply } from "../providers/match-handshake.ts";
import type { Credentials, Refusal, Verdict } from "../providers/verdict.ts";
import { takesTime, verifyFetched } from "../providers/verify-fetched.ts";
import { verify } from "../providers/verify.ts";
import type { Source } from "../rules/workspace.ts";

/** A request whose sender has proved who it is. Made by `authenticate` alone. */
export type Verified = Request & { readonly verified: true };

/** A handshake's answer, with what follows from it. */
export interface Greeted {
  readonly kind: "reply";
  readonly reply: HandshakeReply;
  /** A secret that the provider handed over, for a source that has none. */
  readonly capture?: string;
  /** A URL of the provider's to call, so that it begins. */
  readonly confirm?: Confirmation;
}

type Needs = Pick<Ports, "clock" | "fetchText" | "captured" | "former" | "limits">;

/** Diagnoses a second, over all sources: refusing must stay cheap when somebody makes it happen. */
const DIAGNOSES_PER_SECOND = 20;

/** The request, verified, or the answer to a handshake. Throws ACCEPT_METHOD_REFUSED, ACCEPT_SIGNATURE_INVALID. */
export async function authenticate(
  request: Request,
  source: Source,
  sources: Iterable<Source>,
  ports: Needs,
): Promise<Verified | Greeted> {
  const credentials = await credentialsOf(source, ports);
  const greeted = source.provider?.handshake && matchHandshake(source.provider, request, credentials);
  if (greeted !== undefined) {
    if ("refused" in greeted) throw notVerified(source, `handshake: ${greeted.refused}`);
    const { auth, ...answer } = greeted;
    const pending = credentials.secrets.length === 0;
    if (auth === "none" || (auth === "pending" && pending)) return { kind: "reply", ...answer };
    if (auth === "signature") {
      await verified(request, source, credentials, sources, ports);
      return { kind: "reply", ...answer };
    }
  }
  if (request.method !== "POST") {
    throw new SignalboxError(
      "ACCEPT_METHOD_REFUSED",
      `Source \`${source.name}\` takes POST, got ${request.method}.`,
    );
  }
  return verified(request, source, credentials, sources, ports);
}

/** One object for all: the verifier keeps what it compiled by it. */
const NO_SECRETS: readonly string[] = [];

/** What the source's file says, or where that has no secrets, what the provider has handed over. */
async function credentialsOf(
  { name, file, provider }: Source,
  { captured }: Pick<Ports, "captured">,
): Promise<Credentials> {
  const { secrets = NO_SECRETS, config, url } = file;
  const captures = provider?.handshake?.some((handshake) => handshake.capture !== undefined) === true;
  const known = secrets.length === 0 && captures ? await captured.of(name) : secrets;
  return { secrets: known, ...(config && { config }), ...(url !== undefined && { url }) };
}

/** Some senders sign the bytes on the wire, others those before compression: both are bytes that the sender made. */
async function verified(
  request: Request,
  source: Source,
  credentials: Credentials,
  sources: Iterable<Source>,
  ports: Needs,
): Promise<Verified> {
  const now = ports.clock.now();
  const check = (given: Request): Verdict | Promise<Verdict> =>
    takesTime(source.scheme, credentials)
      ? verifyFetched(source.scheme, given, credentials, now, ports.fetchText)
      : verify(source.scheme, given, credentials, now);
  let verdict = await check(request);
  const encoding = request.headers["content-encoding"];
  let decoded = request;
  if (encoding !== undefined) {
    const body = decodeContent(request.body, encoding, source.file.maxBodyBytes);
    decoded = { ...request, body };
    if (!verdict.ok) verdict = await check(decoded);
  }
  if (verdict.ok) return { verified: true, ...decoded };
  const why = await mistake(decoded, source, credentials, verdict, sources, ports);
  throw notVerified(source, `${verdict.cause}: ${verdict.detail}${why === undefined ? "" : `; ${why}`}`);
}

async function mistake(
  request: Request,
  source: Source,
  credentials: Credentials,
  refused: Refusal,
  sources: Iterable<Source>,
  { clock, former, limits }: Pick<Ports, "clock" | "former" | "limits">,
): Promise<string | undefined> {
  if (refused.cause === "unconfigured") return undefined;
  if ((await limits.take(" diagnoses", DIAGNOSES_PER_SECOND, 1)) > 0) return undefined;
  const others = [...sources].filter((other) => other !== source);
  const surroundings = {
    formerSecrets: await former.of(source.name),
    otherSecrets: others.map(({ name, file }) => ({
      name: `source \`${name}\``,
      secrets: file.secrets ?? [],
    })),
    otherSchemes: source.provider?.schemes ?? [],
  };
  return source.scheme.kind === "jwt" && refused.cause !== "stale"
    ? diagnoseToken(source.scheme, request, credentials, surroundings)
    : diagnose(source.scheme, request, credentials, refused, clock.now(), surroundings);
}

function notVerified(source: Source, cause: string): SignalboxError {
  return new SignalboxError(
    "ACCEPT_SIGNATURE_INVALID",
    `The request to source \`${source.name}\` is not verified.`,
    { cause },
  );
}

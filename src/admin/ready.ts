/** Is everything there that serving needs? What `/readyz` tells. */
import type { SpoolState } from "../adapters/spool/open.ts";
import type { LiveRules } from "../rules/live.ts";

/** Checks by name, with a sentence each. */
export type Checks = Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;

/** Without progress for so long a worker is not ready. */
const STUCK_MS = 30_000;
/** A spool that holds this share of its bound has no room for every request. */
const FULL_SHARE = 0.95;

/** How this process keeps what it accepts. */
export interface Keeping {
  /** A sentence; undefined before the store was seen. */
  readonly durability: string | undefined;
  /** Absent where this process takes no requests. */
  readonly spool: SpoolState | undefined;
  /** Since when this process is about to end, epoch ms; undefined while it stays. */
  readonly leavingSince: number | undefined;
}

/** True where this process is to be sent requests: it stays, and its store takes events, or its spool does. */
export function takesRequests({ store, spool, leaving }: Checks): boolean {
  if (leaving !== undefined) return false;
  return spool !== undefined && (store?.ok === true || (spool.ok && !spool.detail.startsWith("off")));
}

function spoolCheck(spool: SpoolState): { ok: boolean; detail: string } {
  if (spool === "off")
    return {
      ok: true,
      detail: "off (SIGNALBOX_SPOOL_MB is 0): while the store is away, requests are answered 503",
    };
  if ("failed" in spool) return { ok: false, detail: `cannot be used: ${spool.failed}` };
  const { events, bytes, maxBytes, since, fault } = spool;
  const room = `${megabytes(bytes)} of ${megabytes(maxBytes)} MB`;
  if (fault !== undefined)
    return { ok: false, detail: `cannot be written (${fault}); ${events} events wait, ${room}` };
  if (events === 0)
    return { ok: true, detail: `empty; takes ${megabytes(maxBytes)} MB while the store is away` };
  const begun = since === undefined ? "" : `, since ${new Date(since).toISOString()}`;
  return {
    ok: bytes < FULL_SHARE * maxBytes,
    detail: `in use: ${events} events wait for the store, ${bytes} bytes (${room})${begun}`,
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0);
}

/** `ping` asks the store; `progressAt` (this process's clock, epoch ms) only where this process delivers. */
export async function readiness(
  ping: Promise<unknown>,
  rules: Pick<LiveRules, "current" | "refused">,
  progressAt: number | undefined,
  { durability, spool, leavingSince }: Keeping,
): Promise<Checks> {
  const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), 1_000).unref());
  const answered = await Promise.race([ping.then(() => "answers" as const), late]).catch(
    () => "late" as const,
  );
  const idle = progressAt === undefined ? 0 : Date.now() - progressAt;
  return {
    ...(leavingSince !== undefined && {
      leaving: { ok: false, detail: `told to end at ${new Date(leavingSince).toISOString()}` },
    }),
    store: {
      ok: answered === "answers",
      detail: answered === "answers" ? "answers" : "does not answer within 1 s",
    },
    durability: { ok: true, detail: durability ?? "not known until the store answers" },
    ...(spool !== undefined && { spool: spoolCheck(spool) }),
    rules: { ok: true, detail: rulesDetail(rules) },
    ...(progressAt !== undefined && {
      workers: { ok: idle < STUCK_MS, detail: `last sign of progress ${Math.round(idle / 1000)} s ago` },
    }),
  };
}

/** What is in force serves, whatever was refused since. */
function rulesDetail({ current, refused }: Pick<LiveRules, "current" | "refused">): string {
  const { routes, revision, commit } = current();
  const from = commit === undefined ? "" : `, commit ${commit}`;
  const told = `${routes.size} routes, revision ${revision}${from}`;
  if (refused === undefined) return told;
  const at = new Date(refused.at).toISOString();
  return `${told}; the files as of ${at} were refused (errors: ${refused.errors}); see \`signalbox check\``;
}

/** Is everything there that serving needs? What `/readyz` tells. */
import type { LiveRules } from "../rules/live.ts";

/** Checks by name, with a sentence each. */
export type Checks = Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;

/** Without progress for so long a worker is not ready. */
const STUCK_MS = 30_000;

/** `ping` asks the store; `progressAt` (this process's clock, epoch ms) only where this process delivers. */
export async function readiness(
  ping: Promise<unknown>,
  rules: Pick<LiveRules, "current" | "refused">,
  progressAt: number | undefined,
): Promise<Checks> {
  const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), 1_000).unref());
  const answered = await Promise.race([ping.then(() => "answers" as const), late]).catch(
    () => "late" as const,
  );
  const idle = progressAt === undefined ? 0 : Date.now() - progressAt;
  return {
    store: {
      ok: answered === "answers",
      detail: answered === "answers" ? "answers" : "does not answer within 1 s",
    },
    rules: { ok: true, detail: rulesDetail(rules) },
    ...(progressAt !== undefined && {
      workers: { ok: idle < STUCK_MS, detail: `last sign of progress ${Math.round(idle / 1000)} s ago` },
    }),
  };
}

/** What is in force serves, whatever was refused since. */
function rulesDetail({ current, refused }: Pick<LiveRules, "current" | "refused">): string {
  const { routes, revision } = current();
  const told = `${routes.size} routes, revision ${revision}`;
  if (refused === undefined) return told;
  const at = new Date(refused.at).toISOString();
  return `${told}; the files as of ${at} were refused (errors: ${refused.errors}); see \`signalbox check\``;
}

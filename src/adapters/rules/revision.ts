/** Which files the routers of a store run with: of all processes that come to run with others, one says so. */
import type { Ports } from "../../ports.ts";
import type { Workspace } from "../../rules/workspace.ts";
import type { StoreConnection } from "../store/redis.ts";

/** Tells the change of rules to who takes it, where this process is the first to make it. Never throws, never waits. */
export function tellRevision(
  commands: StoreConnection,
  { revision, routes }: Workspace,
  { happened, log }: Pick<Ports, "happened" | "log">,
): void {
  commands.getset("{sb}:revision", revision).then(
    (was) => {
      if (was === null || was === revision) return;
      const data = { revision, was, routes: [...routes.keys()] };
      happened({ type: "rules.reloaded", subject: revision, data });
    },
    (error: unknown) => log.warn({ error: String(error) }, "rules.untold"),
  );
}

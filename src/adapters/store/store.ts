/** Which store there is: the given one, else a server of this machine as a child, else the bundled trial store. */
import { SignalboxError } from "../../core/errors.ts";
import type { Log } from "../../ports.ts";
import type { Settings } from "../../settings.ts";
import { strictBy, type Durability } from "./durability.ts";
import type { Target } from "./place.ts";
import { findServer, startServer } from "./redis-server.ts";
import { awaitStore } from "./awaited.ts";
import { checkStore, lookAtStore, type CheckedStore } from "./checks.ts";
import { claimFolder, type StoreFolder } from "./folder.ts";
import { installCommand, startTrialStore } from "./trial-store.ts";

/** A store that answers. */
export interface OpenStore {
  readonly target: Target;
  readonly kind: "given" | "managed" | "trial";
  /** One plain line: what it is, where, how durable. */
  readonly describe: string;
  /** Sentences that the operator should read; the caller says them. */
  readonly warnings: readonly string[];
  /** Resolves when the store is known to be fit for events, with how they are kept there: at once, unless it is `away`. */
  readonly fit: Promise<Durability>;
  /** It does not answer yet, and the router may begin without it. */
  readonly away: boolean;
  /** Ends a store that was started here, with its data on disk, and lets its folder go. Safe to call twice. */
  close(): Promise<void>;
}

type StoreSettings = Pick<Settings, "redisUrl" | "dataDir" | "trial" | "production"> &
  Partial<Pick<Settings, "durability" | "spoolMegabytes" | "role">>;

/**
 * Opens the store, looking for servers on `searchPath`. A given one that does not answer is waited for in the background where
 * there is a spool meanwhile. Throws SETTING_STORE_*, SETTING_INVALID.
 */
export async function openStore(
  settings: StoreSettings,
  log: Log,
  searchPath: string | undefined = process.env["PATH"],
): Promise<OpenStore> {
  if (settings.redisUrl !== undefined) {
    return openGiven({ url: settings.redisUrl }, settings, log);
  }
  const none = { program: undefined, passedOver: [] };
  const { program, passedOver } = settings.trial ? none : await findServer(searchPath);
  if (program === undefined && settings.production) refuseTrial(settings, passedOver);
  if (program === undefined && settings.durability === "strict") {
    throw new SignalboxError(
      "SETTING_STORE_UNSUITED",
      `SIGNALBOX_DURABILITY is strict, and the trial store writes a snapshot every 2 seconds. Install a server: ${installCommand()}`,
    );
  }
  return withFolder(settings.dataDir, async (folder) => {
    if (program === undefined) {
      const { socket, close } = await startTrialStore(folder, log);
      const describe = `the trial store at ${socket}, a snapshot every 2 seconds`;
      return {
        ...{ away: false, fit: Promise.resolve<Durability>({ mode: "fast" }) },
        target: { path: socket },
        kind: "trial",
        describe,
        warnings: [...passedOver, trialWarning(settings)],
        close,
      };
    }
    const isStrict = settings.durability === "strict";
    const { socket, close } = await startServer(program, folder, isStrict ? "always" : "everysec", log);
    const synced = isStrict ? "always" : "every second";
    const describe = `${program.version} at ${socket}, append-only file synced ${synced}, noeviction`;
    const durability: Durability = isStrict ? { mode: "strict", by: "fsync" } : { mode: "fast" };
    const fit = Promise.resolve(durability);
    return {
      target: { path: socket },
      kind: "managed",
      describe,
      warnings: passedOver,
      away: false,
      fit,
      close,
    };
  });
}

async function openGiven(target: Target, settings: StoreSettings, log: Log): Promise<OpenStore> {
  const durability = ({ ability }: CheckedStore): Durability =>
    settings.durability === "strict" ? { mode: "strict", by: strictBy(ability) } : { mode: "fast" };
  const mayBegin = settings.role !== "worker" && (settings.spoolMegabytes ?? 0) > 0;
  const seen = mayBegin ? await lookAtStore(target) : await checkStore(target, log);
  if (typeof seen !== "string") {
    const { describe, warnings } = seen;
    const fit = Promise.resolve(durability(seen));
    return { target, kind: "given", describe, warnings, away: false, fit, close: () => Promise.resolve() };
  }
  const { fit, stop } = awaitStore(target, durability, log);
  const warnings = [
    `${seen} Accepted events wait in the data folder until the store answers; nothing is delivered.`,
  ];
  const close = (): Promise<void> => Promise.resolve(stop());
  return {
    target,
    kind: "given",
    describe: "not seen yet: it does not answer",
    warnings,
    away: true,
    fit,
    close,
  };
}

async function withFolder(
  dataDir: string,
  open: (folder: StoreFolder) => Promise<OpenStore>,
): Promise<OpenStore> {
  const folder = await claimFolder(dataDir);
  try {
    const store = await open(folder);
    let closed: Promise<void> | undefined;
    return { ...store, close: () => (closed ??= store.close().finally(() => folder.release())) };
  } catch (error) {
    folder.release();
    throw error;
  }
}

function refuseTrial({ trial }: StoreSettings, passedOver: readonly string[]): never {
  const why = trial
    ? "SIGNALBOX_TRIAL=1 asks for the bundled trial store"
    : "REDIS_URL is not set and no valkey-server or redis-server is on PATH, which leaves the bundled trial store";
  const mend = trial
    ? "Unset it, or set REDIS_URL."
    : `Set REDIS_URL, or install a server: ${installCommand()}`;
  const said = `${why}, and NODE_ENV=production refuses it. ${mend}`;
  throw new SignalboxError("SETTING_STORE_TRIAL", [said, ...passedOver].join(" "));
}

function trialWarning({ trial }: StoreSettings): string {
  const why = trial ? "SIGNALBOX_TRIAL=1" : "no valkey-server or redis-server on PATH";
  return (
    `TRIAL STORE (${why}): slow, and a crash loses the last 2 seconds of accepted events. ` +
    (trial ? "Unset SIGNALBOX_TRIAL to use a real one." : `Install a real one: ${installCommand()}`)
  );
}

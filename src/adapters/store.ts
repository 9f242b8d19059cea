/** Which store there is: the given one, else a server of this machine as a child, else the bundled trial store. */
import { SignalboxError } from "../core/errors.ts";
import type { Log } from "../ports.ts";
import type { Settings } from "../settings.ts";
import type { Target } from "./redis.ts";
import { findServer, startServer } from "./redis-server.ts";
import { checkStore } from "./store-checks.ts";
import { claimFolder, type StoreFolder } from "./store-folder.ts";
import { installCommand, startTrialStore } from "./trial-store.ts";

/** A store that answers. */
export interface OpenStore {
  readonly target: Target;
  readonly kind: "given" | "managed" | "trial";
  /** One plain line: what it is, where, how durable. */
  readonly describe: string;
  /** Sentences that the operator should read; the caller says them. */
  readonly warnings: readonly string[];
  /** Ends a store that was started here, with its data on disk, and lets its folder go. Safe to call twice. */
  close(): Promise<void>;
}

type StoreSettings = Pick<Settings, "redisUrl" | "dataDir" | "trial" | "production">;

/** Opens the store, looking for servers on `searchPath`. Throws SETTING_STORE_*, SETTING_INVALID. */
export async function openStore(
  settings: StoreSettings,
  log: Log,
  searchPath: string | undefined = process.env["PATH"],
): Promise<OpenStore> {
  if (settings.redisUrl !== undefined) {
    const target = { url: settings.redisUrl };
    const checked = await checkStore(target, log);
    return { target, kind: "given", ...checked, close: () => Promise.resolve() };
  }
  const none = { program: undefined, passedOver: [] };
  const { program, passedOver } = settings.trial ? none : await findServer(searchPath);
  if (program === undefined && settings.production) refuseTrial(settings, passedOver);
  return withFolder(settings.dataDir, async (folder) => {
    if (program === undefined) {
      const { socket, close } = await startTrialStore(folder, log);
      const describe = `the trial store at ${socket}, a snapshot every 2 seconds`;
      return {
        target: { path: socket },
        kind: "trial",
        describe,
        warnings: [...passedOver, trialWarning(settings)],
        close,
      };
    }
    const { socket, close } = await startServer(program, folder, log);
    const describe = `${program.version} at ${socket}, append-only file synced every second, noeviction`;
    return { target: { path: socket }, kind: "managed", describe, warnings: passedOver, close };
  });
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

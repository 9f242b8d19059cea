/** A scene for end-to-end tests: a workspace, a store, a target that listens, and a router between them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SECRET } from "./github.ts";
import { aRouter, type RouterOptions, type RunningRouter } from "./router.ts";
import { aTarget, type TargetServer } from "./target.ts";

export interface Scene {
  router: RunningRouter;
  readonly target: TargetServer;
  readonly dir: string;
  readonly dataDir: string;
  /** Starts another router like the first: on the same workspace, data folder and store. */
  start(environment?: Readonly<Record<string, string>>): Promise<RunningRouter>;
  close(): Promise<void>;
}

const FILES: Readonly<Record<string, string>> = {
  "sources/github.yaml": "provider: github\nsecrets: ['${SECRET}']\n",
  "targets/api.yaml":
    "url: ${TARGET}/api\ntimeoutSeconds: 2\nretry: { attempts: 5, firstDelaySeconds: 0.2, maxDelaySeconds: 2 }\n",
};

/** `files` are added to a GitHub source and a target `api`; a file that is "" is left out. */
export async function aScene(options: {
  readonly files?: Readonly<Record<string, string>>;
  readonly redisUrl?: string;
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<Scene> {
  const target = await aTarget();
  const dir = await mkdtemp(join(tmpdir(), "signalbox-scene-"));
  const dataDir = await mkdtemp(join(tmpdir(), "signalbox-data-"));
  const files = { ...FILES, "routes/everything.yaml": "source: github\ntarget: api\n", ...options.files };
  for (const [name, text] of Object.entries(files)) {
    if (text === "") continue;
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  const started: RunningRouter[] = [];
  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<RunningRouter> => {
    const routerOptions: RouterOptions = {
      dir,
      dataDir,
      ...(options.redisUrl !== undefined && { redisUrl: options.redisUrl }),
      environment: { SECRET, TARGET: target.url, ...options.environment, ...environment },
    };
    const router = await aRouter(routerOptions);
    started.push(router);
    return router;
  };
  return {
    router: await start(),
    target,
    dir,
    dataDir,
    start,
    async close() {
      await Promise.all(started.map((router) => router.end()));
      await target.close();
      await rm(dir, { recursive: true, force: true });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

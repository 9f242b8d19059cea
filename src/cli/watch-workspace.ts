/** Runs something anew whenever a file of the workspace changes, until the process is ended. */
import { watchFiles } from "../rules/watch.ts";
import { note, paint } from "./print.ts";

/** Runs once at the beginning and once for each set of changes; one that comes meanwhile waits for its turn. */
export async function watchWorkspace(dir: string, once: () => Promise<unknown>): Promise<void> {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await once();
      note(paint.dim("Waiting for a change; Ctrl-C ends it."));
    } while (again);
    running = false;
  };
  await new Promise<void>((resolve, reject) => {
    const stop = watchFiles(dir, () => void run().catch(reject));
    const end = (): void => {
      stop();
      resolve();
    };
    process.once("SIGINT", end).once("SIGTERM", end);
    run().catch(reject);
  });
}

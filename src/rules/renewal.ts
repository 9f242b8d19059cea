/** Rotation without a restart: a target whose secrets come from files follows what they hold. */
import { readSecretFiles } from "./secret-files.ts";
import type { SecretFiles } from "./secret-files.ts";
import type { Environment } from "./variables.ts";
import type { Target } from "./workspace.ts";

/** How long a look at the files counts, in ms; a refused credential has them looked at anew. */
const LOOK_MS = 1_000;

/**
 * The target as its files have it at the time. What cannot be read, or makes no usable target, is not taken: the one
 * before stays. `load` makes a target of variables.
 */
export function renewing(
  target: Target,
  files: SecretFiles,
  held: Environment,
  load: (variables: Environment) => Target | undefined,
): (anew: boolean) => Promise<Target> {
  let latest = target;
  let known = JSON.stringify(held);
  let lookedAt = performance.now();
  let looking: Promise<Target> | undefined;
  const look = async (): Promise<Target> => {
    const variables = await readSecretFiles(files);
    lookedAt = performance.now();
    const text = JSON.stringify(variables);
    if (text !== known && Object.keys(variables).length === files.size) {
      const loaded = load(variables);
      if (loaded !== undefined) [known, latest] = [text, loaded];
    }
    return latest;
  };
  return (anew) => {
    if (!anew && performance.now() - lookedAt < LOOK_MS) return Promise.resolve(latest);
    looking ??= look().finally(() => (looking = undefined));
    return looking;
  };
}

/** Keys that are typed while a command runs: each at once on a terminal, and as they come where standard input is something else. */

/** Calls what belongs to a key, until the answer is called. */
export function watchKeys(does: Readonly<Record<string, () => void>>): () => void {
  const { stdin } = process;
  const hear = (chunk: Buffer): void => {
    for (const key of chunk.toString("utf8")) does[key]?.();
  };
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on("data", hear).on("error", () => undefined);
  return () => {
    stdin.off("data", hear);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    // A pipe that stays open keeps no process alive.
    stdin.unref?.();
  };
}

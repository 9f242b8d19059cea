/** What every run over HTTP needs: one load generator and one target, in processes of their own, which serve all sides. */
import { randomBytes } from "node:crypto";
import { startHelper } from "./processes.js";

/**
 * Starts both for the time of `use`.
 * @template T
 * @param {{ events: number, connections: number }} options
 * @param {(bench: import("./round.js").Bench) => Promise<T>} use
 */
export async function withStage({ events, connections }, use) {
  const load = startHelper("load.js");
  const target = startHelper("target.js");
  try {
    const { url: targetUrl } = await target.ask({ listen: true });
    const secret = randomBytes(16).toString("hex");
    return await use({ load, target, targetUrl, secret, events, connections });
  } finally {
    await Promise.all([load.stop(), target.stop()]);
  }
}

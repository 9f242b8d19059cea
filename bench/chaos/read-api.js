/** What the public API tells when it is all over: every delivery, the ledger, the metrics, and the texts themselves. */

/**
 * @typedef {{ state: string, target: string, route: string, attempts: number, dueAt?: string, code?: string }} Delivery
 * @typedef {Awaited<ReturnType<typeof readApi>>} Known
 */

const SAMPLES = 20;

/** `told`: ids of deliveries that senders were told. @param {import("./world.js").World} world @param {Iterable<string>} told */
export async function readApi({ ask, askEach }, told = []) {
  /** @type {string[]} */
  const said = [];
  const asked = async (/** @type {string} */ path) => {
    const answer = await ask(path);
    said.push(typeof answer === "string" ? answer : JSON.stringify(answer));
    return answer;
  };
  /** @type {Map<string, Delivery>} */
  const deliveries = new Map();
  for (let cursor = ""; ;) {
    const page = await asked(
      `/api/v1/deliveries?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { id, ...rest } of page.items) deliveries.set(id, rest);
    if (page.next === undefined) break;
    cursor = page.next;
  }
  // What waited in two spools has the id that was stored first, and is found by the other.
  /** @type {Map<string, string>} */
  const otherNames = new Map();
  for (const id of told) {
    if (deliveries.has(id)) continue;
    const { id: other } = await asked(`/api/v1/deliveries/${id}`).catch(() => ({ id: "" }));
    if (deliveries.has(other)) otherNames.set(id, other);
  }
  const some = [...deliveries.keys()].filter((_id, nth, all) => nth % Math.ceil(all.length / SAMPLES) === 0);
  for (const id of some) await asked(`/api/v1/deliveries/${id}`);
  const { items = [] } = await asked("/api/v1/events?limit=50");
  for (const { id } of items.slice(0, SAMPLES)) await asked(`/api/v1/events/${id}`);
  for (const path of ["/api/v1/settings", "/api/v1/targets", "/api/v1/sources", "/api/v1/dead-letters"])
    await asked(path);

  const { hours = [] } = await asked("/api/v1/balance?hours=4");
  const ledger = { made: 0, delivered: 0, dead: 0 };
  for (const row of hours)
    for (const name of /** @type {const} */ (["made", "delivered", "dead"])) ledger[name] += row[name];
  const pages = await askEach("/metrics");
  said.push(...pages);
  const sum = (/** @type {RegExp} */ line) =>
    pages.reduce(
      (total, page) => total + [...page.matchAll(line)].reduce((part, [, value]) => part + Number(value), 0),
      0,
    );
  return {
    said,
    deliveries,
    otherNames,
    ledger,
    unbalanced: hours.filter((/** @type {{ balanced: boolean }} */ { balanced }) => !balanced).length,
    metrics: {
      accepted: sum(/^signalbox_requests_total\{.*verdict="accepted".*\} (\S+)$/gm),
      delivered: sum(/^signalbox_deliveries_total\{.*state="delivered".*\} (\S+)$/gm),
    },
  };
}

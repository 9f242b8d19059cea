/**
 * The targets, in a process of their own: each arrival is a line of JSON (`{ path, id, event, sha, at }`) in the log before it is
 * answered. Asked `{ listen: true, log }` it answers `{ url }`; `/hang` is never answered.
 */
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";

let log = "";

const server = createServer((request, response) => {
  const hash = createHash("sha256");
  request.on("data", (chunk) => hash.update(chunk));
  request.on("end", () => {
    const { "webhook-id": id, "signalbox-event": event } = request.headers;
    const arrival = { path: request.url, id, event, sha: hash.digest("hex"), at: Date.now() };
    appendFileSync(log, `${JSON.stringify(arrival)}\n`);
    if (request.url !== "/hang") response.writeHead(200).end("{}");
  });
});
server.keepAliveTimeout = 60_000;

process.on("disconnect", () => process.exit());
process.on("message", (/** @type {{ log: string }} */ question) => {
  log = question.log;
  server.listen(0, "127.0.0.1", () => {
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    process.send?.({ url: `http://127.0.0.1:${port}` });
  });
});

/**
 * Dashboards that are open, in a process of its own: what the page asks, by the clock of the page, over raw sockets that
 * throw away what they read. Asked `{ admin, cookie, count }` it opens so many within half a second, each in
 * another part of its round of questions, and answers once each has its stream; asked `{ close: true }` it closes them and answers `{ calls, answeredBytes,
 * streamedBytes, least }`: what came since, `least` the bytes of the stream that told least. Anything but 200 is an
 * answer `{ wrong }` to the next question.
 */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { clearTimeout, setTimeout } from "node:timers";

/** What the overview asks, and how many seconds after each answer again (src/dashboard/pages/overview.tsx). */
const POLLS = [{ path: "/api/v1/overview", everySeconds: 5 }];
/** What the list of events follows. No page asks both, so this is more than any one does. */
const STREAM = "/api/v1/changes";
const SPREAD_MS = 500;

/** @type {(() => number)[]} */
let closes = [];
/** @type {string | undefined} */
let wrong;
let calls = 0;
let answeredBytes = 0;

process.on("disconnect", () => process.exit());
process.on(
  "message",
  (/** @type {{ admin: string, cookie: string, count: number, close?: true }} */ question) => {
    const done = question.close ? close() : open(question);
    done.then(
      (answer) => process.send?.(wrong === undefined ? answer : { wrong }),
      (/** @type {unknown} */ error) => process.send?.({ wrong: String(error) }),
    );
  },
);

/** @param {{ admin: string, cookie: string, count: number }} question */
async function open({ admin, cookie, count }) {
  const { hostname, port } = new URL(admin);
  const place = { host: hostname, port: Number(port), cookie };
  const opened = Array.from({ length: count }, async (_, at) => {
    await sleep((SPREAD_MS * at) / count);
    const stream = await follow(place);
    const polls = POLLS.map((poll) => again(place, poll, (poll.everySeconds * 1_000 * at) / count));
    closes.push(() => (polls.forEach((stop) => stop()), stream()));
  });
  await Promise.all(opened);
  calls = answeredBytes = 0;
  return { open: closes.length };
}

async function close() {
  const streamed = closes.map((stop) => stop());
  closes = [];
  const streamedBytes = streamed.reduce((sum, bytes) => sum + bytes, 0);
  return { calls, answeredBytes, streamedBytes, least: Math.min(...streamed) };
}

/** @typedef {{ host: string, port: number, cookie: string }} Place */

/** @param {Place} place @param {string} path @param {string} accept */
const head = ({ host, port, cookie }, path, accept) =>
  `GET ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\naccept: ${accept}\r\naccept-encoding: gzip, deflate, br, zstd\r\n` +
  `sec-fetch-site: same-origin\r\nsec-fetch-mode: cors\r\ncookie: ${cookie}\r\nuser-agent: bench\r\n\r\n`;

/** Opens a stream; resolves once it is open with how to close it, which returns the bytes that it told. @param {Place} place @returns {Promise<() => number>} */
function follow(place) {
  const socket = connect(place);
  socket.setNoDelay(true);
  socket.write(head(place, STREAM, "text/event-stream"));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", (first) => {
      const line = first.toString("latin1", 0, 15);
      if (!line.startsWith("HTTP/1.1 200")) return reject(new Error(`${STREAM} answered ${line}`));
      let bytes = 0;
      let closed = false;
      socket.on("data", (chunk) => (bytes += chunk.length));
      socket.on("close", () => closed || (wrong ??= "A stream was closed by the router."));
      resolve(() => {
        closed = true;
        socket.destroy();
        return bytes;
      });
    });
  });
}

/**
 * Asks again and again on one connection, first after so many ms; returns how to stop.
 * @param {Place} place @param {(typeof POLLS)[number]} poll @param {number} afterMs
 */
function again(place, { path, everySeconds }, afterMs) {
  const socket = connect(place);
  socket.setNoDelay(true);
  const request = head(place, path, "application/json");
  const ask = () => void socket.write(request);
  let timer = setTimeout(ask, afterMs);
  let awaited = 0;
  socket.on("error", (error) => (wrong ??= `${path}: ${error.message}`));
  socket.on("data", (chunk) => {
    answeredBytes += chunk.length;
    if (awaited === 0) {
      const text = chunk.toString("latin1");
      const length = /^content-length: (\d+)/im.exec(text)?.[1];
      const end = text.indexOf("\r\n\r\n");
      if (!text.startsWith("HTTP/1.1 200") || length === undefined || end < 0) {
        wrong ??= `${path} answered ${text.split("\r\n", 1)[0]}`;
        return void socket.destroy();
      }
      awaited = end + 4 + Number(length);
    }
    awaited -= chunk.length;
    if (awaited > 0) return;
    awaited = 0;
    calls += 1;
    timer = setTimeout(ask, everySeconds * 1_000);
  });
  return () => {
    clearTimeout(timer);
    socket.destroy();
  };
}

/**
 * Posts over a few connections, each with one request on its way, for as little of the machine's time as Node can: what a
 * client library does for a request cost a quarter of what the router that it measures does with it, on the same processors.
 */
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";

/** A server may close what has been quiet for five seconds: what has been for so long is not written to. */
const QUIET_MS = 3_000;

/** @typedef {{ status: number, text: string }} Answered */
/** @typedef {{ resolve: (answered: Answered) => void, reject: (error: Error) => void }} Waiting */

/** A POST as it goes over the wire. @param {string} host @param {string} path @param {{ body: string, headers: Readonly<Record<string, string>> }} push */
export function requestBytes(host, path, { body, headers }) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${lines.join("")}content-length: ${length}\r\n\r\n`;
  return Buffer.from(head + body);
}

/**
 * At most so many connections to one server, opened as they are needed; what finds none free waits for one, in its turn. An answer
 * must say its length.
 * @param {string} origin @param {number} connections
 */
export function openSender(origin, connections) {
  const { hostname, port, host } = new URL(origin);
  /** @type {ReturnType<typeof line>[]} */
  const free = [];
  /** @type {{ request: Buffer, asked: Waiting }[]} */
  const queue = [];
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();

  function line() {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    sockets.add(socket);
    /** @type {Waiting | undefined} */
    let waiting;
    let read = Buffer.alloc(0);
    const one = {
      freeAt: 0,
      /** @param {Buffer} request @param {Waiting} asked */
      send(request, asked) {
        waiting = asked;
        socket.write(request);
      },
      end() {
        sockets.delete(socket);
        socket.end();
      },
    };
    const lost = (/** @type {Error} */ error) => {
      sockets.delete(socket);
      const at = free.indexOf(one);
      if (at >= 0) free.splice(at, 1);
      waiting?.reject(error);
      waiting = undefined;
      next();
    };
    socket.on("data", (chunk) => {
      read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
      const answered = wholeAnswer(read);
      if (answered === undefined || waiting === undefined) return;
      read = Buffer.alloc(0);
      const { resolve } = waiting;
      waiting = undefined;
      const more = answered.closes ? undefined : queue.shift();
      if (answered.closes) one.end();
      else if (more !== undefined) one.send(more.request, more.asked);
      else {
        one.freeAt = performance.now();
        free.push(one);
      }
      resolve(answered);
    });
    socket.once("error", lost);
    socket.once("close", () => lost(new Error("The connection was closed before its answer was whole.")));
    return one;
  }

  /** Somebody who waits gets a new connection in place of one that is gone. */
  function next() {
    const more = sockets.size < connections ? queue.shift() : undefined;
    if (more !== undefined) line().send(more.request, more.asked);
  }

  return {
    host,
    /** @param {Buffer} request @returns {Promise<Answered>} */
    post: (request) =>
      new Promise((resolve, reject) => {
        const asked = { resolve, reject };
        let one = free.pop();
        if (one !== undefined && performance.now() - one.freeAt > QUIET_MS) {
          one.end();
          one = undefined;
        }
        if (one === undefined && sockets.size < connections) one = line();
        if (one === undefined) queue.push({ request, asked });
        else one.send(request, asked);
      }),
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The answer that stands in what was read, once it is whole. @param {Buffer} read */
function wholeAnswer(read) {
  const text = read.toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`An answer does not say its length:\n${head}`);
  const from = end + 4;
  if (read.length < from + Number(length)) return undefined;
  const status = Number(text.slice(9, 12));
  return { status, text: read.toString("utf8", from), closes: /\r\nconnection: *close/i.test(head) };
}

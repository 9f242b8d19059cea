/** One call to a target: its answer is collected within a total deadline and bounds of size, then it settles once. */
import type { IncomingHttpHeaders } from "node:http";
import { SignalboxError } from "../../core/errors.ts";
import { isCertificateRefused, whyUnreachable } from "../../core/unreachable.ts";
import type { Answer, OutboundRequest } from "../../ports.ts";

/** What is kept of an answer's body. */
const KEEP = { bytes: 16_384, encoding: "utf8" } as const;
/** Bytes of an answer's body that are read, so that the connection can be used again; beyond them it is destroyed. */
const READ_BYTES = 1_048_576;

const ENOUGH = new Error("The answer was given up: it took too long or is too large.");

/** What ends the exchange below: a connection's side of it. */
interface Controller {
  abort(reason: Error): void;
}

/**
 * The callbacks of an HTTP client's dispatch. Exactly one of `resolve` and `reject` is called, once, within `timeoutMs`;
 * a call that is over is not sent any more, and one that is under way is torn down with its connection.
 */
export class Exchange {
  readonly #host: string;
  readonly #timeoutMs: number;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: SignalboxError) => void;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout;
  #settled = false;
  #controller: Controller | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #headMs = 0;
  readonly #keep: NonNullable<OutboundRequest["keep"]>;
  readonly #kept: Buffer[] = [];
  #bytes = 0;

  constructor(
    host: string,
    timeoutMs: number,
    resolve: (answer: Answer) => void,
    reject: (error: SignalboxError) => void,
    keep: NonNullable<OutboundRequest["keep"]> = KEEP,
  ) {
    this.#keep = keep;
    this.#host = host;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(expire, timeoutMs, this);
  }

  onRequestStart(controller: Controller): void {
    // A connection that a process which stood still finds too late is not used.
    if (this.#elapsed() >= this.#timeoutMs) this.onTimeout();
    this.#controller = controller;
    if (this.#settled) controller.abort(ENOUGH);
  }

  onResponseStart(_controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    // 103 Early Hints and the like precede the answer.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#headMs = this.#elapsed();
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const room = this.#keep.bytes - this.#bytes;
    if (room > 0) this.#kept.push(chunk.subarray(0, room));
    this.#bytes += chunk.length;
    if (this.#bytes <= READ_BYTES) return;
    this.#succeed();
    controller.abort(ENOUGH);
  }

  onResponseEnd(): void {
    this.#succeed();
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (error instanceof SignalboxError) this.#fail(error);
    else {
      const code = isCertificateRefused(error) ? "FORWARD_CERTIFICATE_REFUSED" : "FORWARD_CONNECTION_FAILED";
      const reached =
        this.#status === 0 ? "could not be reached" : `answered ${this.#status}, but not to the end`;
      const detail = `${this.#host} ${reached}: ${whyUnreachable(error)}.`;
      this.#fail(new SignalboxError(code, detail, cause(error)));
    }
  }

  /**
   * A timer has gone off: part of a millisecond early, maybe, since timers count whole ones. In a process that stood still an
   * answer that came in time lies unread: it is read first.
   */
  onTimer(): void {
    const left = this.#timeoutMs - this.#elapsed();
    if (left > 0) this.#timer = setTimeout(expire, Math.ceil(left), this);
    else setImmediate(giveUp, this);
  }

  /** The deadline, unless the answer has come after all. */
  onTimeout(): void {
    if (this.#settled) return;
    const within = `within ${this.#timeoutMs / 1000} seconds`;
    let detail = `${this.#host} did not answer ${within}.`;
    if (this.#controller === undefined) detail = `There was no connection to ${this.#host} ${within}.`;
    else if (this.#status !== 0)
      detail = `${this.#host} answered ${this.#status}, but not to the end ${within}.`;
    this.#fail(new SignalboxError("FORWARD_TIMEOUT", detail));
    this.#controller?.abort(ENOUGH);
  }

  #succeed(): void {
    if (!this.#settle()) return;
    const body = this.#kept.length === 1 ? this.#kept[0]! : Buffer.concat(this.#kept);
    this.#resolve({
      status: this.#status,
      headers: flatten(this.#headers),
      body: body.toString(this.#keep.encoding),
      ...(this.#bytes > this.#keep.bytes && { cut: true }),
      headMs: this.#headMs,
      bodyMs: this.#elapsed(),
    });
  }

  #fail(error: SignalboxError): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    clearTimeout(this.#timer);
    return (this.#settled = true);
  }

  /** ms since the start, to a hundredth. */
  #elapsed(): number {
    return Math.round((performance.now() - this.#startedAt) * 100) / 100;
  }
}

/** One function for all timers costs less than a closure for each. */
function expire(exchange: Exchange): void {
  exchange.onTimer();
}

function giveUp(exchange: Exchange): void {
  exchange.onTimeout();
}

/** A parser's error holds bytes of the answer, which are no business of a log. */
function cause(error: Error): { cause?: Error } {
  return "data" in error ? {} : { cause: error };
}

/** Repeated headers in one line, as RFC 9110 § 5.3 allows. */
function flatten(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === "string" ? value : value.join(", ");
  }
  return flat;
}

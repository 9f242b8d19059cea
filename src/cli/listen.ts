/** `signalbox listen`: relays live webhooks to this machine, as they came; goes on after a break, without those of the break lost. */
import type { Command } from "commander";
import type { RawRequest } from "../admin/shapes/raw.ts";
import { asks, call, reach, type Asking } from "./ask.ts";
import { follow, type Heard } from "./follow.ts";
import { watchKeys } from "./keys.ts";
import { EXIT, end, note, out, outJson, paint, pretty } from "./print.ts";
import { forwardUrl, relay, urlFor, type Relayed } from "./relay.ts";

interface Options extends Asking {
  readonly forward: string;
  readonly source?: readonly string[];
  readonly type?: readonly string[];
}

/** What was relayed last: what the keys are about. */
interface Last {
  readonly raw: RawRequest;
  readonly relayed: Relayed;
}

const KEYS = "r: the last one again · i: show it · q: end";

export function listenCommand(program: Command): void {
  const command = program
    .command("listen")
    .description(
      "relay live webhooks to a program on this machine, as they came; the router goes on as always",
    )
    .requiredOption(
      "--forward <url>",
      "where to: http://localhost:3000/hooks; {source} in it is the source's name",
    )
    .option("--source <names...>", "only of these sources")
    .option("--type <types...>", "only of these event types");
  asks(command, "print a JSON line for each")
    .addHelpText(
      "after",
      `\nIn the terminal: ${KEYS}.\n\nExample:\n  $ signalbox listen --url https://hooks.example:8081 --source stripe github --forward http://localhost:3000/hooks/{source}`,
    )
    .action((_options, command: Command) => listen(command.optsWithGlobals()));
}

async function listen(options: Options): Promise<void> {
  const forward = forwardUrl(options.forward);
  if (forward === undefined) {
    note("--forward takes the URL of a program that listens: http://localhost:3000/hooks.");
    return end(EXIT.usage);
  }
  const reached = await reach(options);
  if (reached === undefined) return;
  let last: Last | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const send = async (raw: RawRequest): Promise<void> => {
    const relayed = await relay(forward, raw);
    last = { raw, relayed };
    show(last, forward, options.json === true);
  };
  /** One after the other, in the order in which they came. */
  const inTurn = (act: () => Promise<void>): void => void (turn = turn.then(act, act));
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const unwatch = watchKeys({
    r: () => inTurn(async () => (last === undefined ? note("Nothing was relayed yet.") : send(last.raw))),
    i: () =>
      inTurn(async () => (last === undefined ? note("Nothing was relayed yet.") : inspect(last, forward))),
    q: stop,
    "\u0003": stop,
  });
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const wants = ({ source, type }: Heard): boolean =>
    (options.source?.includes(source) ?? true) && (options.type?.includes(type) ?? true);
  await follow(reached, {
    signal: stopping.signal,
    hear: (heard) => {
      if (!wants(heard)) return;
      inTurn(async () => {
        const path = `/api/v1/events/${encodeURIComponent(heard.event)}/raw`;
        const raw = (await (await call(reached, path, { deadlineMs: 30_000 }))?.json()) as
          RawRequest | undefined;
        if (raw !== undefined) await send(raw);
      });
    },
    connected: (again) =>
      note(
        paint.dim(
          again
            ? `Connected again to ${reached.base}.`
            : `Listening at ${reached.base}, for ${forward}${process.stdin.isTTY ? `  (${KEYS})` : ""}`,
        ),
      ),
    lost: (seconds) => note(paint.yellow(`The router is away; asking again in ${seconds} s.`)),
  });
  unwatch();
  await turn;
}

function show({ raw, relayed }: Last, forward: string, json: boolean): void {
  const { id, source, type, method } = raw;
  const { ms } = relayed;
  const url = urlFor(forward, raw);
  if (json) {
    const said = "status" in relayed ? { status: relayed.status } : { code: relayed.code };
    return outJson({ event: id, source, type, method, url: url.href, ...said, ms });
  }
  const good = "status" in relayed && relayed.status < 300;
  const said = "status" in relayed ? String(relayed.status) : relayed.code;
  const time = paint.dim(new Date().toISOString().slice(11, 19));
  out(
    `${time}  ${source} ${type}  ${method} ${url.pathname}  ${(good ? paint.green : paint.red)(said)}  ${ms} ms  ${id}`,
  );
}

function inspect({ raw, relayed }: Last, forward: string): Promise<void> {
  const body = Buffer.from(raw.body, "base64").toString("utf8");
  out(paint.bold(`\n${raw.method} ${urlFor(forward, raw).href}`));
  for (const [name, value] of Object.entries(raw.headers)) out(`${paint.dim(name)}: ${value}`);
  out(`\n${readable(body)}`);
  if ("status" in relayed)
    out(paint.bold(`\n${relayed.status}`) + (relayed.body === "" ? "" : `\n${relayed.body}`));
  else out(paint.red(`\n${relayed.code}`));
  out();
  return Promise.resolve();
}

/** JSON over several lines; anything else as it is. */
function readable(body: string): string {
  try {
    return pretty(JSON.parse(body));
  } catch {
    return body;
  }
}

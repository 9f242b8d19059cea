/** `signalbox tail`: follows what happens until it is interrupted. */
import type { Command } from "commander";
import { ADMIN_OPTION, adminOf, credentialsOf, type Asking } from "./ask.ts";
import { EXIT, end, note, out, paint } from "./print.ts";

export function tailCommand(program: Command): void {
  program
    .command("tail")
    .description("follow accepted events and attempts as they happen")
    .option(...ADMIN_OPTION)
    .option("--json", "print a JSON line each")
    .addHelpText("after", "\nExample:\n  $ signalbox tail --json | grep dead")
    .action((_options, command: Command) => tail(command.optsWithGlobals()));
}

async function tail(options: Asking): Promise<void> {
  const base = await adminOf(options);
  let response: Response;
  try {
    response = await fetch(`${base}/api/v1/tail`, { headers: await credentialsOf(options, base) });
  } catch {
    note(`No router answers at ${base}. Start one with \`signalbox start\`, or name it with --admin.`);
    return end(EXIT.failed);
  }
  if (!response.ok || response.body === null) {
    note(`The router at ${base} answered ${response.status}.`);
    return end(EXIT.failed);
  }
  note(paint.dim(`following ${base}; end with Ctrl-C`));
  let rest = "";
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines)
        if (line.startsWith("data: ")) show(line.slice("data: ".length), options.json === true);
    }
  } catch {
    // The connection broke: the same end as when the router closes it.
  }
  note("The router has ended.");
  end(EXIT.failed);
}

function show(data: string, json: boolean): void {
  if (json) return out(data);
  const { delivery, event, source, type, route, target, state, attempt, status, deliveries } = JSON.parse(
    data,
  ) as Record<string, string>;
  const time = paint.dim(new Date().toISOString().slice(11, 19));
  if (delivery === undefined)
    return out(`${time} ${paint.cyan("event")}     ${event}  ${source} ${type}  ${deliveries} deliveries`);
  const coloured =
    state === "delivered"
      ? paint.green(state)
      : state === "dead"
        ? paint.red(state)
        : paint.yellow(String(state));
  out(
    `${time} ${paint.cyan("delivery")}  ${delivery}  ${route} → ${target}  attempt ${attempt} ${status ?? ""}  ${coloured}`,
  );
}

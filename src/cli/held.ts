/** `signalbox requests admit`: verifies requests in quarantine again and lets in those that pass. */
import type { Command } from "commander";
import type { Admission, HeldRequest } from "../admin/shapes/requests.ts";
import { ask, asks, type Asking } from "./ask.ts";
import { EXIT, end, out, outJson, table } from "./print.ts";

const NAMES = { admit: "admit <id...>", held: "held" } as const;

/** `admit` and `held`, as commands below `requests`. */
export function heldCommands(requests: Command): void {
  const letIn = requests
    .command(NAMES.admit)
    .description("verify held requests again, after the mistake was mended, and let in those that pass");
  asks(letIn, "print the outcomes")
    .addHelpText("after", "\nExample:\n  $ signalbox requests admit req_0197f5c2e6b17c3e8b1f4a5d6c7e8f90")
    .action((ids: string[], _options, command: Command) => admit(ids, command.optsWithGlobals()));
  const listed = requests.command(NAMES.held).description("the requests in quarantine, newest first");
  asks(listed).action((_options, command: Command) => held(command.optsWithGlobals()));
}

async function admit(ids: readonly string[], options: Asking): Promise<void> {
  const outcomes: Admission[] = [];
  for (const id of ids) {
    const outcome = await ask<Admission>(options, `/api/v1/requests/${encodeURIComponent(id)}/admit`, "POST");
    outcomes.push(outcome ?? { id, admitted: false });
  }
  if (options.json) outJson(outcomes);
  else
    for (const { id, admitted, events = [], duplicate, code = "", cause = "" } of outcomes) {
      const known = duplicate === true ? ", known before" : "";
      out(
        admitted
          ? `${id} admitted: ${events.join(", ")}${known}`
          : `${id} still refused ${code} ${cause}`.trim(),
      );
    }
  end(outcomes.every(({ admitted }) => admitted) ? EXIT.fine : EXIT.failed);
}

async function held(options: Asking): Promise<void> {
  const answer = await ask<{ items: readonly HeldRequest[] }>(options, "/api/v1/quarantine");
  if (answer === undefined) return end(EXIT.failed);
  if (options.json) return outJson(answer);
  if (answer.items.length === 0) return out("No requests are held.");
  out(
    table([
      ["id", "source", "at", "until", "why"],
      ...answer.items.map((one) => [one.id, one.source, one.at, one.until, one.cause]),
    ]),
  );
}

/** Reads server-sent events: their names and data, until the router or the network ends them. WHATWG HTML § 9.2. */

/** One event of a stream. */
export interface Told {
  readonly event: string;
  readonly data: string;
}

/** The events of a response. Ends, and does not throw, when the connection breaks. */
export async function* eventsOf(response: Response): AsyncGenerator<Told> {
  if (response.body === null) return;
  let rest = "";
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const told = toldBy(block);
        if (told !== undefined) yield told;
      }
    }
  } catch {
    // The connection broke: the same end as when the router closes it.
  }
}

function toldBy(block: string): Told | undefined {
  const lines = block.split("\n");
  const after = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  const data = after("data");
  return data.length === 0 ? undefined : { event: after("event")[0] ?? "message", data: data.join("\n") };
}

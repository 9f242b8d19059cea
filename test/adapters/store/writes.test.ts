import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { StoreConnection } from "../../../src/adapters/store/redis.ts";
import { gatherWrites } from "../../../src/adapters/store/writes.ts";

/** A stream that remembers what went out together, and a connection that writes to it. */
function aStream() {
  const writes: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => void (writes.push(String(chunk)), done()),
    writev: (chunks, done) => void (writes.push(chunks.map(({ chunk }) => String(chunk)).join(" ")), done()),
  });
  return { stream, writes };
}

function connectionTo({ stream }: { stream: Writable }) {
  const connection = {
    stream,
    sendCommand: (command: string) => connection.stream.write(command),
  };
  return { connection, gathered: gatherWrites(connection as unknown as StoreConnection) };
}

describe("a connection whose writes are gathered", () => {
  it("sends what comes in one turn in one write, behind what is added at its end", async () => {
    const to = aStream();
    const { connection, gathered } = connectionTo(to);
    connection.sendCommand("a");
    gathered.atEnd(() => void connection.sendCommand("c"));
    connection.sendCommand("b");
    expect(to.writes).toEqual([]);
    await turn();
    connection.sendCommand("d");
    await turn();
    expect(to.writes).toEqual(["a b c", "d"]);
  });

  it("sends at once what is there when it is told to, and the rest at the end of the turn", async () => {
    const to = aStream();
    const { connection, gathered } = connectionTo(to);
    gathered.now();
    for (const command of ["a", "b", "c"]) connection.sendCommand(command);
    gathered.now();
    connection.sendCommand("d");
    connection.sendCommand("e");
    expect(to.writes).toEqual(["a b c"]);
    await turn();
    expect(to.writes).toEqual(["a b c", "d e"]);
  });

  it("holds nothing back on a stream that takes the place of another within a turn", async () => {
    const [first, second] = [aStream(), aStream()];
    const { connection, gathered } = connectionTo(first);
    connection.sendCommand("a");
    connection.stream = second.stream;
    connection.sendCommand("b");
    gathered.now();
    await turn();
    connection.sendCommand("c");
    await turn();
    expect(first.writes).toEqual(["a"]);
    expect(second.writes).toEqual(["b", "c"]);
  });
});

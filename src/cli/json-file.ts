/** A JSON file that a command is given, or standard input: read as a sender's body would be. */
import { readFile } from "node:fs/promises";
import { readBody } from "../core/body.ts";
import { SignalboxError } from "../core/errors.ts";
import { note } from "./print.ts";

/** What is in the file, or in standard input for `-`; undefined with the reason told. */
export async function readJson(file: string): Promise<{ readonly value: unknown } | undefined> {
  try {
    return { value: readBody(file === "-" ? await standardInput() : await readFile(file), "json") };
  } catch (error) {
    const why =
      error instanceof SignalboxError
        ? error.detail
        : ((error as NodeJS.ErrnoException).code ?? "it cannot be read");
    note(`${file === "-" ? "Standard input" : file}: ${why}`);
    return undefined;
  }
}

/** All of standard input. */
export async function standardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Unpacks what `npm pack` makes, without a `tar` on the machine: plain files, names of up to 255 bytes. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";

const BLOCK = 512;

/** Writes the files below `package/` into a folder. Throws on what is no plain file. */
export function untar(tarball: string, into: string): void {
  const bytes = gunzipSync(readFileSync(tarball));
  const text = (from: number, to: number): string => bytes.toString("utf8", from, to).replace(/\0.*$/s, "");
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const [name, prefix] = [text(at, at + 100), text(at + 345, at + 500)];
    const size = Number.parseInt(text(at + 124, at + 136), 8);
    const mode = Number.parseInt(text(at + 100, at + 108), 8);
    const kind = text(at + 156, at + 157) || "0";
    const path = prefix === "" ? name : `${prefix}/${name}`;
    if (kind !== "0") throw new Error(`${path} is of kind ${kind} in the tarball.`);
    const file = join(into, path.replace(/^package\//, ""));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes.subarray(at + BLOCK, at + BLOCK + size), { mode });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

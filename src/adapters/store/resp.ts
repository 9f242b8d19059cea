/** A command in the store's protocol, where some of its arguments are bytes. */

/**
 * Texts between two buffers are written in one go: ioredis measures and writes each argument, and what stands between them, by
 * itself, which for the twenty arguments of an event's script costs more than everything else it does for it.
 */
export function commandBytes(name: string, args: readonly (string | Buffer)[]): Buffer {
  const parts: (string | Buffer)[] = [];
  let text = `*${args.length + 1}\r\n$${Buffer.byteLength(name)}\r\n${name}\r\n`;
  let size = 0;
  for (const arg of args) {
    if (typeof arg === "string") {
      text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
      continue;
    }
    text += `$${arg.length}\r\n`;
    size += Buffer.byteLength(text) + arg.length;
    parts.push(text, arg);
    text = "\r\n";
  }
  size += Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) at += typeof part === "string" ? bytes.write(part, at) : part.copy(bytes, at);
  bytes.write(text, at);
  return bytes;
}

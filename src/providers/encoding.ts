/** Strict decoding: one alphabet, exact length, one spelling for each value. `Buffer.from` alone takes trailing junk. */

export type Encoding = "hex" | "base64" | "base64url" | "base64hex" | "base64percent";

const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

/** The bytes, or undefined where the text is not exactly what the encoding writes (hex in either case). RFC 4648. */
export function decode(text: string, encoding: Encoding): Buffer | undefined {
  switch (encoding) {
    case "hex":
      return HEX.test(text) ? Buffer.from(text, "hex") : undefined;
    case "base64":
      return canonical(text, "base64", BASE64);
    case "base64url":
      return canonical(text, "base64url", BASE64URL);
    case "base64percent":
      return /^(?:[A-Za-z0-9+/=]|%[0-9A-Fa-f]{2})+$/.test(text)
        ? canonical(decodeURIComponent(text.replace(/%[89A-Fa-f]./g, "!")), "base64", BASE64)
        : undefined;
    case "base64hex": {
      const hex = canonical(text, "base64", BASE64);
      return hex === undefined ? undefined : decode(hex.toString("latin1"), "hex");
    }
  }
}

/** The text of the bytes: what `decode` takes. */
export function encode(bytes: Buffer, encoding: Encoding): string {
  if (encoding === "base64hex") return Buffer.from(bytes.toString("hex")).toString("base64");
  if (encoding === "base64percent") return encodeURIComponent(bytes.toString("base64"));
  return bytes.toString(encoding);
}

/** A key's bytes from base64 or base64url, where padding is optional since people lose it when they copy. */
export function decodeKey(text: string, encoding: "base64" | "base64url" | "hex"): Buffer | undefined {
  if (encoding !== "base64") return decode(text, encoding);
  const bare = text.replace(/=+$/, "");
  return decode(bare + "=".repeat((4 - (bare.length % 4)) % 4), "base64");
}

/** Several texts decode to the same bytes (unused low bits); only the one that encoding yields is taken. */
function canonical(text: string, encoding: "base64" | "base64url", alphabet: RegExp): Buffer | undefined {
  if (!alphabet.test(text)) return undefined;
  const bytes = Buffer.from(text, encoding);
  const again = bytes.toString(encoding);
  const padded = encoding === "base64url" ? again + "=".repeat((4 - (again.length % 4)) % 4) : again;
  return text === again || text === padded ? bytes : undefined;
}

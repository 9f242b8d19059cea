/** JSON as PHP's `json_encode` writes it by default: slashes escaped, everything beyond ASCII as \uXXXX (Treezor signs this). */

/** The text; undefined for what is not there. */
export function phpJson(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return JSON.stringify(value)
    .replaceAll("/", "\\/")
    .replace(
      /[\u007f-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

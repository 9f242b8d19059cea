/** Secrets in texts that are kept or shown: taken out, in every spelling in which a target may give them back. */

/** Shorter ones are not looked for: they would stand in a text by chance. */
const LEAST_LENGTH = 6;

/** The text with `[removed]` in the secrets' places. */
export function hidden(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) {
    if (secret.length < LEAST_LENGTH) continue;
    for (const spelling of spellings(secret))
      if (shown.includes(spelling)) shown = shown.replaceAll(spelling, "[removed]");
  }
  return shown;
}

/** As it is, in JSON, in a URL, in XML; the longest first, as one may be a part of another. */
function spellings(secret: string): string[] {
  const inXml = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const all = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), inXml];
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

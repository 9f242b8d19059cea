/**
 * Gives the page a language that Intl knows, for code that asks for numbers in `navigator.language` while it is loaded, as
 * uPlot does: a Chromium in the C locale says `en-US@posix`, which no Intl takes.
 */

/** The language, or where Intl refuses it what is left of it without a suffix, or English. ECMA-402 § 6.2. */
function saneLanguage(language: string): string {
  return [language, language.replace(/[@.].*$/, "").replaceAll("_", "-")].find(isKnown) ?? "en-US";
}

function isKnown(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}

const sane = saneLanguage(navigator.language);
if (sane !== navigator.language)
  Object.defineProperty(navigator, "language", { value: sane, configurable: true });

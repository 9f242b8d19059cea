/** What a person chose for this browser: theme, time zone. Kept in local storage where there is one. */
import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
export type Zone = "local" | "UTC";

/** The theme in force; `system` follows the machine. */
export const theme = signal<Theme>(kept("theme", ["system", "light", "dark"]));
/** In which zone exact times are written. */
export const zone = signal<Zone>(kept("zone", ["local", "UTC"]));

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
  keep("theme", chosen);
}

export function chooseZone(chosen: Zone): void {
  zone.value = chosen;
  keep("zone", chosen);
}

function kept<T extends string>(name: string, words: readonly [T, ...T[]]): T {
  try {
    const value = localStorage.getItem(`signalbox.${name}`);
    return words.find((word) => word === value) ?? words[0];
  } catch {
    return words[0];
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`signalbox.${name}`, value);
  } catch {
    // Chosen for this visit alone.
  }
}

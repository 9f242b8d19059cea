/** The present moment as a signal, so that relative times stay true: moved every few seconds while the tab is seen. */
import { signal } from "@preact/signals";

const EVERY_MS = 5_000;

/** Milliseconds since 1970, up to five seconds old. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, EVERY_MS);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) now.value = Date.now();
});

/** Short words about what was just done, read out by screen readers too. */
import { signal } from "@preact/signals";

const SHOWN_MS = 6_000;

interface Notice {
  readonly id: number;
  readonly text: string;
}

const notices = signal<readonly Notice[]>([]);
let last = 0;

/** Shows a sentence for some seconds. */
export function tell(text: string): void {
  const id = ++last;
  notices.value = [...notices.value, { id, text }].slice(-3);
  setTimeout(() => {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }, SHOWN_MS);
}

/** Where the notices stand; once a page. */
export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, text }) => (
        <div key={id}>{text}</div>
      ))}
    </div>
  );
}

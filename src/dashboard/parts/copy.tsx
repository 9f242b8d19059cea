/** Puts a text on the clipboard and says so. */
import type { ComponentChildren } from "preact";
import { tell } from "../shell/notices.tsx";

export function Copy({
  text,
  children = "Copy",
  what = "Copied",
}: {
  readonly text: string | (() => string);
  readonly children?: ComponentChildren;
  /** The sentence that is told. */
  readonly what?: string;
}) {
  return (
    <button
      type="button"
      class="button small"
      onClick={() => {
        const value = typeof text === "string" ? text : text();
        navigator.clipboard.writeText(value).then(
          () => tell(what),
          () => tell("The browser did not let it be copied; mark the text and copy it by hand."),
        );
      }}
    >
      {children}
    </button>
  );
}

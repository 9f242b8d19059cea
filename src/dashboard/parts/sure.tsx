/** A button that asks once more before it does what cannot be taken back. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useActing } from "../api/acting.ts";
import { Dialog } from "./dialog.tsx";
import { ProblemBox } from "./problem.tsx";

export function Sure(props: {
  /** What the button says. */
  readonly verb: string;
  readonly title: string;
  readonly about: ComponentChildren;
  readonly act: () => Promise<unknown>;
  readonly danger?: boolean;
  readonly small?: boolean;
}) {
  const [asks, setAsks] = useState(false);
  const acting = useActing();
  const tone = props.danger === true ? " danger" : "";
  return (
    <>
      <button
        type="button"
        class={`button${tone}${props.small === true ? " small" : ""}`}
        onClick={() => setAsks(true)}
      >
        {props.verb}…
      </button>
      {asks && (
        <Dialog title={props.title} close={() => setAsks(false)}>
          <div>{props.about}</div>
          {acting.problem && <ProblemBox problem={acting.problem} />}
          <div class="actions">
            <button type="button" class="button" onClick={() => setAsks(false)}>
              Cancel
            </button>
            <button
              type="button"
              class={`button${tone === "" ? " primary" : tone}`}
              disabled={acting.busy}
              onClick={async () => {
                if (await acting.act(props.act)) setAsks(false);
              }}
            >
              {acting.busy ? "Working…" : props.verb}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

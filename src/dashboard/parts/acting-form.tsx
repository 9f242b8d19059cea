/** Fields and one button: what was filled in is sent when the button is pressed, and what was wrong with it stands above. */
import type { ComponentChildren } from "preact";
import { useActing } from "../api/acting.ts";
import { ProblemBox } from "./problem.tsx";

/** `act` does it; a rejection is shown as its problem. */
export function ActingForm(props: {
  /** What the button says. */
  readonly verb: string;
  readonly tone?: "primary" | "danger";
  /** What is filled in cannot be sent as it is. */
  readonly unfit?: boolean;
  readonly act: () => Promise<unknown>;
  readonly children: ComponentChildren;
}) {
  const acting = useActing();
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (props.unfit !== true) void acting.act(props.act);
      }}
    >
      {props.children}
      {acting.problem && <ProblemBox problem={acting.problem} />}
      <div class="actions">
        <button
          type="submit"
          class={props.tone === undefined ? "button" : `button ${props.tone}`}
          disabled={acting.busy || props.unfit === true}
        >
          {acting.busy ? "Working…" : props.verb}
        </button>
      </div>
    </form>
  );
}

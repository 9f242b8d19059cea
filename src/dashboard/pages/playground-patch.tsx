/** What was tried, as a patch for git: the rule alone, or with the body as a case. The router writes no file. */
import { useState } from "preact/hooks";
import type { PlaygroundPatch } from "../../admin/shapes/authoring.ts";
import { useActing } from "../api/acting.ts";
import { call } from "../api/call.ts";
import { Field } from "../parts/field.tsx";
import { Panel } from "../parts/page.tsx";
import { ProblemBox } from "../parts/problem.tsx";
import type { Trying } from "./playground-trial.ts";

export function Keep({ trying, named }: { readonly trying: Trying | undefined; readonly named: string }) {
  const [own, setOwn] = useState("");
  const [title, setTitle] = useState("");
  const [made, setMade] = useState<PlaygroundPatch | undefined>();
  const acting = useActing();
  const transform = named === "" ? own.trim() : named;
  const isReady = trying !== undefined && transform !== "";
  const ask = (name: string | undefined): Promise<boolean> =>
    acting.act(async () => {
      setMade(undefined);
      const body = { ...trying, transform, ...(name !== undefined && { case: name }) };
      const patch = await call<PlaygroundPatch>("POST", "playground/patch", { body });
      if (patch.patch !== "") download(`${transform}.patch`, patch.patch);
      setMade(patch);
    });
  return (
    <Panel title="Keep it">
      <div class="stack">
        <p class="small dim">
          The files stay git’s: a patch is downloaded, and <code>git apply</code> takes it.
        </p>
        {named === "" && (
          <Field label="Name of the transform" value={own} change={setOwn} placeholder="order-to-invoice" />
        )}
        <form
          class="playground-keep"
          onSubmit={(event) => {
            event.preventDefault();
            if (isReady && title.trim() !== "") void ask(title.trim());
          }}
        >
          <Field
            label="Name of the case"
            value={title}
            change={setTitle}
            placeholder="an order in yen"
            maxLength={200}
          />
          <button type="submit" class="button" disabled={!isReady || title.trim() === ""}>
            Save as case
          </button>
          <button type="button" class="button" disabled={!isReady} onClick={() => void ask(undefined)}>
            Download the patch
          </button>
        </form>
        <div role="status" class="small">
          {made !== undefined &&
            (made.patch === "" ? "Nothing differs from the files." : `${transform}.patch is downloaded.`)}
          {made !== undefined && made.taken.length > 0 && (
            <> Taken out of the body, each by a stand-in: {made.taken.map(({ path }) => path).join(", ")}.</>
          )}
        </div>
        {acting.problem && <ProblemBox problem={acting.problem} />}
      </div>
    </Panel>
  );
}

const GONE_MS = 10_000;

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/x-diff" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), GONE_MS);
}

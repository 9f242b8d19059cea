/** A field for code: a plain text area until the editor has been loaded, and where it cannot be. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import "./editor-field.css";
import { NOTHING_KNOWN, type Known } from "./editor-completion.ts";
import type { Editor, Mark } from "./editor.ts";

export function Code(props: {
  readonly label: string;
  readonly text: string;
  readonly change?: (text: string) => void;
  readonly language: "jsonata" | "json";
  readonly marks?: readonly Mark[];
  /** What completion knows. */
  readonly known?: Known;
  readonly run?: () => void;
  /** A low one, for a dialog. */
  readonly low?: boolean;
}) {
  const { text, marks, known } = props;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  /** Texts that the editor told and that have not come back yet: whoever types fast is ahead of what is rendered. */
  const told = useRef<string[]>([]);
  const plain = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<number | undefined>(undefined);
  const [loaded, setLoaded] = useState(false);
  useEffect(() => {
    let gone = false;
    import("./editor.ts").then(
      ({ openEditor }) => {
        if (gone || host.current === null) return;
        editor.current = openEditor(host.current, {
          text: latest.current.text,
          label: props.label,
          language: props.language,
          readOnly: props.change === undefined,
          onChange: (changed) => {
            told.current.push(changed);
            latest.current.change?.(changed);
          },
          onRun: () => latest.current.run?.(),
        });
        editor.current.setMarks(latest.current.marks ?? []);
        editor.current.setKnown(latest.current.known ?? NOTHING_KNOWN);
        // Whoever has begun to type goes on where he was.
        const writes = plain.current !== null && document.activeElement === plain.current;
        if (writes) caret.current = plain.current?.selectionStart;
        setLoaded(true);
      },
      () => undefined,
    );
    return () => {
      gone = true;
      editor.current?.close();
      editor.current = undefined;
    };
  }, []);
  useLayoutEffect(() => {
    if (loaded && caret.current !== undefined) editor.current?.focus(caret.current);
  }, [loaded]);
  useEffect(() => {
    const at = told.current.indexOf(text);
    if (at >= 0) told.current.splice(0, at + 1);
    else editor.current?.setText(text);
  }, [text]);
  useEffect(() => editor.current?.setMarks(marks ?? []), [marks]);
  useEffect(() => editor.current?.setKnown(known ?? NOTHING_KNOWN), [known]);
  return (
    <div class={`code-field${props.low === true ? " low" : ""}`}>
      {!loaded && (
        <textarea
          ref={plain}
          aria-label={props.label}
          value={text}
          readOnly={props.change === undefined}
          spellcheck={false}
          onInput={(event) => props.change?.(event.currentTarget.value)}
        />
      )}
      <div ref={host} hidden={!loaded} />
    </div>
  );
}

/** The code editor, loaded when it is needed. It lives in a shadow root, where its styles need no exception from the CSP. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import {
  bracketMatching,
  HighlightStyle,
  indentUnit,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { NOTHING_KNOWN, offersAt, type Known } from "./editor-completion.ts";
import { atStart, nextToken, type Going } from "./editor-jsonata.ts";

/** A problem where it stands; line and column count from 1. */
export interface Mark {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  readonly severity?: "error" | "warning";
}

export interface EditorWish {
  readonly text: string;
  /** What a screen reader calls it. */
  readonly label: string;
  /** `json` completes nothing. */
  readonly language: "jsonata" | "json";
  readonly readOnly?: boolean;
  readonly onChange?: (text: string) => void;
  /** Ctrl/Cmd + Enter. */
  readonly onRun?: () => void;
}

export interface Editor {
  /** Replaces the text; no change is told. */
  setText(text: string): void;
  setMarks(marks: readonly Mark[]): void;
  /** What completion knows. */
  setKnown(known: Known): void;
  /** `at`: so many characters from the beginning. */
  focus(at?: number): void;
  close(): void;
}

/** Opens an editor within an element that has no children. Tab leaves it, as anywhere else on the page. */
export function openEditor(host: HTMLElement, wish: EditorWish): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  // What is typed here is no key of the page's; from outside, the target looks like a plain element.
  host.addEventListener("keydown", (event) => event.stopPropagation());
  let known = NOTHING_KNOWN;
  let silent = false;
  const extensions: Extension[] = [
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    EditorState.tabSize.of(2),
    indentUnit.of("  "),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    lintGutter(),
    language,
    syntaxHighlighting(colours),
    look,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      "aria-label": wish.label,
      tabindex: "0",
      spellcheck: "false",
      autocapitalize: "off",
    }),
    EditorState.readOnly.of(wish.readOnly ?? false),
    keymap.of([
      { key: "Mod-Enter", run: () => (wish.onRun?.(), wish.onRun !== undefined) },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !silent) wish.onChange?.(update.state.doc.toString());
    }),
    ...(wish.language === "jsonata"
      ? [autocompletion({ override: [(context) => complete(context, known)], icons: false })]
      : []),
  ];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: wish.text, extensions }),
  });
  return {
    setText(text) {
      if (view.state.doc.toString() === text) return;
      silent = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      silent = false;
    },
    setMarks: (marks) =>
      view.dispatch(
        setDiagnostics(
          view.state,
          marks.map((mark) => diagnostic(mark, view.state)),
        ),
      ),
    setKnown: (all) => (known = all),
    focus(at) {
      if (at !== undefined) {
        const anchor = Math.min(at, view.state.doc.length);
        view.dispatch({ selection: { anchor }, scrollIntoView: true });
      }
      view.focus();
    },
    close: () => view.destroy(),
  };
}

/** From the place of a mark to the end of the word there. */
function diagnostic(mark: Mark, state: EditorState): Diagnostic {
  const line = state.doc.line(Math.min(Math.max(mark.line ?? 1, 1), state.doc.lines));
  const from = Math.min(line.from + Math.max((mark.column ?? 1) - 1, 0), line.to);
  const word = /^(?:\$?[\w]+|.)/.exec(line.text.slice(from - line.from))?.[0].length ?? 0;
  return { from, to: from + word, severity: mark.severity ?? "error", message: mark.message };
}

const language = StreamLanguage.define<Going>({
  name: "jsonata",
  startState: atStart,
  copyState: (going) => ({ ...going }),
  token: nextToken,
  languageData: {
    commentTokens: { block: { open: "/*", close: "*/" } },
    closeBrackets: { brackets: ["(", "[", "{", '"', "'", "`"] },
  },
  tokenTable: { standard: tags.standard(tags.variableName) },
});

/** Functions after `$`, fields of the body in paths, keys of the result where one is wanted. */
function complete(context: CompletionContext, known: Known): CompletionResult | null {
  const found = offersAt(context.state.sliceDoc(0, context.pos), known, context.explicit);
  if (found === undefined || found.offers.length === 0) return null;
  const options = found.offers.map(({ label, apply, kind, detail }) => ({
    ...{ label, apply, type: kind },
    ...(detail !== undefined && { detail }),
  }));
  return { from: found.from, options, validFor: /^[$\w-]*$/ };
}

const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--dim)", fontStyle: "italic" },
  { tag: tags.string, color: "var(--good)" },
  { tag: tags.regexp, color: "var(--good)" },
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.number, color: "var(--violet)" },
  { tag: [tags.bool, tags.null], color: "var(--warn)" },
  { tag: tags.keyword, color: "var(--violet)", fontWeight: "600" },
  { tag: tags.standard(tags.variableName), color: "var(--violet)" },
  { tag: tags.variableName, color: "var(--text)", fontWeight: "600" },
  { tag: tags.operator, color: "var(--dim)" },
  { tag: tags.invalid, color: "var(--bad)", textDecoration: "underline wavy" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "12.5px", color: "var(--text)", backgroundColor: "var(--sunken)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--dim)", border: "0" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 5%, transparent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent) !important",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--dim)" },
  ".cm-tooltip": {
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--on-accent)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px" },
  ".cm-diagnostic": { padding: "6px 10px", maxWidth: "52ch", fontFamily: "var(--sans)" },
});

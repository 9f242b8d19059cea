/** The language server: editors speak the Language Server Protocol with it on standard input and output. Never ends by itself. */
import { relative, sep } from "node:path";
import {
  CodeActionKind,
  CompletionItemKind,
  DiagnosticSeverity,
  TextDocumentSyncKind,
  createConnection,
} from "vscode-languageserver/node.js";
import type {
  CodeAction,
  CompletionItem,
  Connection,
  Diagnostic,
  Position,
  Range,
} from "vscode-languageserver/node.js";
import type { GivenBudgets } from "../../core/budgets.ts";
import type { Completion } from "../../rules/editor/answers.ts";
import { openDesk } from "../../rules/editor/desk.ts";
import type { Desk } from "../../rules/editor/desk.ts";
import { endOf, offsetOf } from "../../rules/editor/fixes.ts";
import { isWorkspace, pathOf, uriOf, workspaceOf } from "../../rules/editor/folders.ts";
import type { Problem } from "../../rules/problem.ts";
import type { Environment } from "../../rules/variables.ts";
import { watchFiles } from "../../rules/watch.ts";

/** What the server works with. */
export interface Speaking {
  /** The one workspace; without it each folder that the editor opens a workspace's file of. */
  readonly dir?: string;
  readonly environment: Environment;
  readonly budgets: GivenBudgets;
  readonly version: string;
}

/** While somebody types, nothing is checked for so many ms. */
const QUIET_MS = 150;

/** A workspace with its editor's view of it. */
interface Open {
  readonly desk: Desk;
  readonly check: () => void;
  readonly stop: () => void;
}

/** A document of the editor, by the workspace that it is in. */
interface Located {
  readonly open: Open;
  readonly path: string;
}

/** Serves until the editor ends it. */
export function speak({ dir, environment, budgets, version }: Speaking): void {
  const connection = createConnection(process.stdin, process.stdout);
  const opened = new Map<string, Open>();
  const texts = new Map<string, string>();
  const openAt = (folder: string): Open => {
    const known = opened.get(folder);
    if (known !== undefined) return known;
    const made = openedAt(folder, connection, { environment, budgets });
    opened.set(folder, made);
    made.check();
    return made;
  };
  const locate = (uri: string): Located | undefined => {
    const file = pathOf(uri);
    const folder = file && (dir ?? workspaceOf(file));
    if (file === undefined || folder === undefined) return undefined;
    const path = relative(folder, file).split(sep).join("/");
    return path.startsWith("..") ? undefined : { open: openAt(folder), path };
  };
  const write = (uri: string, text: string | undefined): void => {
    if (text === undefined) texts.delete(uri);
    else texts.set(uri, text);
    const found = locate(uri);
    found?.open.desk.write(found.path, text);
    found?.open.check();
  };
  /** What a half-written file does to an answer is never more than that there is none. */
  const answer = async <Answer>(
    { textDocument: { uri }, position }: { textDocument: { uri: string }; position?: Position },
    of: (desk: Desk, path: string, text: string, offset: number) => Promise<Answer>,
  ): Promise<Answer | null> => {
    const found = locate(uri);
    const text = texts.get(uri);
    if (found === undefined || text === undefined) return null;
    try {
      const offset = position === undefined ? 0 : offsetAt(text, position);
      return await of(found.open.desk, found.path, text, offset);
    } catch (error) {
      connection.console.error(
        `${found.path}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`,
      );
      return null;
    }
  };

  connection.onInitialize(({ workspaceFolders, rootUri }) => {
    const roots = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri === null ? [] : [rootUri]);
    for (const root of dir === undefined ? roots.map(pathOf) : [dir])
      if (root !== undefined && isWorkspace(root)) setImmediate(() => void openAt(root));
    return {
      serverInfo: { name: "signalbox", version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Full, save: false },
        hoverProvider: true,
        definitionProvider: true,
        documentFormattingProvider: true,
        completionProvider: { triggerCharacters: [".", "$", '"', "`", " ", "-", "[", "{"] },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      },
    };
  });
  connection.onDidOpenTextDocument(({ textDocument: { uri, text } }) => write(uri, text));
  connection.onDidChangeTextDocument(({ textDocument: { uri }, contentChanges }) => {
    const last = contentChanges.at(-1);
    if (last !== undefined) write(uri, last.text);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => write(uri, undefined));
  connection.onDidChangeWatchedFiles(() => {
    for (const { desk, check } of opened.values()) {
      desk.changed();
      check();
    }
  });
  connection.onCompletion((asked) =>
    answer(asked, async (desk, path, text, offset) =>
      (await desk.complete(path, offset)).map((one) => itemOf(one, text)),
    ),
  );
  connection.onHover((asked) =>
    answer(asked, async (desk, path, text, offset) => {
      const found = await desk.hover(path, offset);
      if (found === undefined) return null;
      const contents = { kind: "markdown" as const, value: found.markdown };
      return { contents, range: rangeOf(text, found.start, found.end) };
    }),
  );
  connection.onDefinition((asked) =>
    answer(asked, async (desk, path, _, offset) => {
      const found = await desk.define(path, offset);
      if (found === undefined) return null;
      const at = { line: found.place.line - 1, character: found.place.column - 1 };
      return { uri: uriOf(desk.dir, found.path), range: { start: at, end: at } };
    }),
  );
  connection.onDocumentFormatting((asked) =>
    answer(asked, async (desk, path, text) => {
      const newText = await desk.format(path);
      return newText === undefined || newText === text
        ? []
        : [{ range: rangeOf(text, 0, text.length), newText }];
    }),
  );
  connection.onCodeAction((asked) =>
    answer(asked, async (desk, path, text) => {
      const actions: CodeAction[] = [];
      for (const diagnostic of asked.context.diagnostics) {
        const problem = problemOf(diagnostic, path);
        if (problem === undefined) continue;
        for (const { title, start, end, insert } of await desk.fixes(path, problem)) {
          const edit = { range: rangeOf(text, start, end), newText: insert };
          actions.push({
            ...{ title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic] },
            edit: { changes: { [asked.textDocument.uri]: [edit] } },
          });
        }
      }
      return actions;
    }),
  );
  connection.onShutdown(() => {
    for (const { stop } of opened.values()) stop();
  });
  connection.listen();
}

/** Checks at the beginning and whenever something changes; what was told of a file is taken back where it holds no more. */
function openedAt(
  dir: string,
  connection: Connection,
  { environment, budgets }: Pick<Speaking, "environment" | "budgets">,
): Open {
  const desk = openDesk(dir, environment, budgets);
  let told = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  const once = async (): Promise<void> => {
    const { problems, textOf } = await desk.problems();
    const byFile = new Map<string, Problem[]>();
    for (const one of problems) byFile.set(one.file, [...(byFile.get(one.file) ?? []), one]);
    for (const file of told) if (!byFile.has(file)) byFile.set(file, []);
    for (const [file, ones] of byFile)
      await connection.sendDiagnostics({
        uri: uriOf(dir, file),
        diagnostics: ones.map((one) => diagnosticOf(one, textOf(file) ?? "")),
      });
    told = new Set(problems.map(({ file }) => file));
  };
  const run = async (): Promise<void> => {
    do {
      again = false;
      await once().catch((error: unknown) => connection.console.error(String(error)));
    } while (again);
    running = undefined;
  };
  const check = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      again = running !== undefined;
      running ??= run();
    }, QUIET_MS);
  };
  const unwatch = watchFiles(dir, () => {
    desk.changed();
    check();
  });
  const stop = (): void => {
    clearTimeout(timer);
    unwatch();
  };
  return { desk, check, stop };
}

function diagnosticOf(problem: Problem, text: string): Diagnostic {
  const { file, code, severity, message, fix, line, column } = problem;
  const start = offsetOf(text, { line, column });
  return {
    range: {
      start: { line: line - 1, character: column - 1 },
      end: positionAt(text, endOf(text, file, start)),
    },
    severity: severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    ...{ code, source: "signalbox", message: fix === "" ? message : `${message}\n${fix}` },
    data: problem,
  };
}

/** What a diagnostic was made of; an editor hands it back. */
function problemOf({ data }: Diagnostic, path: string): Problem | undefined {
  const problem = data as Partial<Problem> | undefined;
  const isOurs =
    problem?.file === path && typeof problem.message === "string" && typeof problem.line === "number";
  return isOurs ? (problem as Problem) : undefined;
}

const KINDS: Readonly<Record<Completion["kind"], CompletionItemKind>> = {
  field: CompletionItemKind.Field,
  function: CompletionItemKind.Function,
  variable: CompletionItemKind.Variable,
  key: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  reference: CompletionItemKind.Reference,
};

function itemOf(
  { label, kind, detail, documentation, insert, start, end, rank }: Completion,
  text: string,
): CompletionItem {
  return {
    ...{ label, kind: KINDS[kind], sortText: String(rank).padStart(5, "0"), filterText: insert },
    ...(detail !== undefined && { detail }),
    ...(documentation !== undefined && {
      documentation: { kind: "markdown" as const, value: documentation },
    }),
    textEdit: { range: rangeOf(text, start, end), newText: insert },
  };
}

const offsetAt = (text: string, { line, character }: Position): number =>
  offsetOf(text, { line: line + 1, column: character + 1 });

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length - 1, character: offset - start };
}

const rangeOf = (text: string, start: number, end: number): Range => ({
  start: positionAt(text, start),
  end: positionAt(text, end),
});

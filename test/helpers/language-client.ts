/** An editor, as far as the language server can tell: a real child process, spoken to by the protocol. */
import { spawn } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { afterAll } from "vitest";
import { until } from "./until.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Diagnostic {
  readonly range: Range;
  readonly severity: number;
  readonly code: string;
  readonly message: string;
}

export interface Range {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

export interface LanguageClient {
  readonly process: ReturnType<typeof spawn>;
  readonly capabilities: Record<string, unknown>;
  /** Diagnostics as they were last told, by the path in the workspace. */
  readonly told: ReadonlyMap<string, readonly Diagnostic[]>;
  /** How often diagnostics were told. */
  readonly tellings: () => number;
  /** Errors that the server logged. */
  readonly errors: readonly string[];
  ask<Answer>(method: string, parameters: object): Promise<Answer>;
  /** Opens a file with its text on the disk, or another. */
  open(path: string, text?: string): void;
  change(path: string, text: string): void;
  close(path: string): void;
  textOf(path: string): string;
  /** The place behind the first `before` in the file, or in it where `|` stands. */
  at(path: string, before: string): object;
  uri(path: string): string;
  end(): Promise<number | null>;
}

const running: ReturnType<typeof spawn>[] = [];

afterAll(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** Starts `signalbox lsp` on a workspace, as an editor does that has its folder open. */
export async function anEditor(
  dir: string,
  { root = dir, environment = {} }: { root?: string; environment?: Record<string, string> } = {},
): Promise<LanguageClient> {
  const child = spawn(process.execPath, [program, "lsp", "--stdio"], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  running.push(child);
  const waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  const told = new Map<string, readonly Diagnostic[]>();
  const errors: string[] = [];
  let tellings = 0;
  const base = `${pathToFileURL(dir).href}/`;
  read(child.stdout, (message) => {
    if (message.id !== undefined && message.method === undefined) waiting.get(message.id)?.(message);
    const { uri, diagnostics, type, message: said } = message.params ?? {};
    if (message.method === "textDocument/publishDiagnostics") {
      told.set(String(uri).replace(base, ""), diagnostics ?? []);
      tellings++;
    }
    if (message.method === "window/logMessage" && type === 1) errors.push(String(said));
  });
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  let id = 0;
  const ask = async <Answer>(method: string, params: object): Promise<Answer> => {
    const own = ++id;
    const answer = new Promise<{ result?: unknown; error?: { message: string } }>((resolve) =>
      waiting.set(own, resolve),
    );
    send({ id: own, method, params });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(error.message);
    return result as Answer;
  };
  const texts = new Map<string, string>();
  let version = 0;
  const uri = (path: string): string => base + path;
  const textOf = (path: string): string => texts.get(path) ?? readFileSync(join(dir, path), "utf8");
  const { capabilities } = await ask<{ capabilities: Record<string, unknown> }>("initialize", {
    processId: process.pid,
    capabilities: {},
    rootUri: pathToFileURL(root).href,
    workspaceFolders: [{ uri: pathToFileURL(root).href, name: "workspace" }],
  });
  send({ method: "initialized", params: {} });
  return {
    process: child,
    ...{ capabilities, told, errors, ask, textOf, uri },
    tellings: () => tellings,
    open: (path, text = readFileSync(join(dir, path), "utf8")) => {
      texts.set(path, text);
      const textDocument = { uri: uri(path), languageId: "any", version: ++version, text };
      send({ method: "textDocument/didOpen", params: { textDocument } });
    },
    change: (path, text) => {
      texts.set(path, text);
      const textDocument = { uri: uri(path), version: ++version };
      send({ method: "textDocument/didChange", params: { textDocument, contentChanges: [{ text }] } });
    },
    close: (path) => {
      texts.delete(path);
      send({ method: "textDocument/didClose", params: { textDocument: { uri: uri(path) } } });
    },
    at: (path, before) => {
      const [left = "", right = ""] = before.split("|");
      const index = textOf(path).indexOf(left + right);
      if (index === -1) throw new Error(`${path} has no ${before}`);
      const lines = textOf(path)
        .slice(0, index + left.length)
        .split("\n");
      const position = { line: lines.length - 1, character: lines.at(-1)!.length };
      return { textDocument: { uri: uri(path) }, position };
    },
    end: async () => {
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      await ask("shutdown", {});
      send({ method: "exit" });
      return ended;
    },
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { message: string };
  readonly params?: {
    readonly uri?: string;
    readonly diagnostics?: Diagnostic[];
    readonly type?: number;
    readonly message?: string;
  };
}

function read(stream: NodeJS.ReadableStream, heard: (message: Message) => void): void {
  let buffer = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end).toString())?.[1]);
      if (buffer.length < end + 4 + length) return;
      heard(JSON.parse(buffer.subarray(end + 4, end + 4 + length).toString()) as Message);
      buffer = buffer.subarray(end + 4 + length);
    }
  });
}

/** Waits until something is told of a file that fits. */
export async function untilTold(
  editor: LanguageClient,
  path: string,
  fits: (diagnostics: readonly Diagnostic[]) => boolean,
): Promise<readonly Diagnostic[]> {
  await until(`${path} is told of`, () => fits(editor.told.get(path) ?? []), { withinMs: 15_000 });
  return editor.told.get(path) ?? [];
}

/** Builds workspaces in temporary folders, which are gone after the test file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** Texts by path; undefined leaves a file out. */
export type Files = Readonly<Record<string, string | Buffer | undefined>>;

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes the files into a new folder and returns its path. */
export function aWorkspace(files: Files): string {
  const dir = mkdtempSync(join(tmpdir(), "signalbox-workspace-"));
  folders.push(dir);
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

/** A small workspace without a problem: pushes of `github` go to `chat`. */
export const goodFiles: Files = {
  "sources/github.yaml": 'provider: github\nsecrets: ["${GITHUB_SECRET}"]\n',
  "routes/push.yaml": 'source: github\non: [push]\nwhen: ref = "main"\ntransform: push\ntarget: chat\n',
  "transforms/push.jsonata": '{\n  "text": name & " pushed"\n}\n',
  "transforms/push.yaml": `input: push
output: chat.message
cases:
  - name: a push
    given: { ref: main, name: Ada }
    expect: { text: Ada pushed }
  - name: another branch
    given: { ref: other, name: Ada }
    filtered: true
`,
  "targets/chat.yaml": 'url: https://chat.example/hook\nauth: { type: bearer, token: "${CHAT_TOKEN}" }\n',
  "schemas/push.json":
    '{\n  "type": "object",\n  "required": ["name"],\n  "properties": { "name": { "type": "string" } }\n}\n',
  "schemas/chat.message.json": '{ "type": "object", "required": ["text"] }\n',
  ".env": "GITHUB_SECRET=github-s3cr3t\nCHAT_TOKEN=chat-s3cr3t\n",
};

/** The good workspace with some files changed, added, or left out. */
export function aGoodWorkspace(changes: Files = {}): string {
  return aWorkspace({ ...goodFiles, ...changes });
}

/** The key of the data folder: made once, however many begin at once. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSealer } from "../../src/adapters/secret-key.ts";

let folder: string;

describe("the secret key of a data folder", () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "signalbox-key-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is one, for its owner alone, and leaves nothing beside it when many make it at once", async () => {
    for (let round = 0; round < 10; round++) {
      const dataDir = join(folder, String(round));
      const sealed = await Promise.all(
        Array.from({ length: 12 }, () => createSealer(undefined, dataDir).seal("text", "purpose")),
      );
      const reader = createSealer(undefined, dataDir);
      const opened = await Promise.all(sealed.map((one) => reader.unseal(one, "purpose")));
      expect(opened).toEqual(Array.from({ length: 12 }, () => "text"));
      expect(await readdir(dataDir)).toEqual(["secret.key"]);
      expect((await stat(join(dataDir, "secret.key"))).mode & 0o777).toBe(0o600);
    }
  });

  it("is the same for processes that begin at once", async () => {
    const module = JSON.stringify(
      fileURLToPath(new URL("../../dist/adapters/secret-key.js", import.meta.url)),
    );
    const code = `const { createSealer } = await import(${module});
      process.stdout.write(await createSealer(undefined, process.argv[1]).seal("text", "purpose"));`;
    const one = () =>
      new Promise<string>((resolve, reject) => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", code, folder]);
        let said = "";
        child.stdout.on("data", (part: Buffer) => (said += part.toString()));
        child.on("error", reject).on("close", (status) => {
          if (status === 0) resolve(said);
          else reject(new Error(`exit ${status}`));
        });
      });
    const sealed = await Promise.all([one(), one(), one(), one()]);
    const reader = createSealer(undefined, folder);
    for (const text of sealed) expect(await reader.unseal(text, "purpose")).toBe("text");
  });

  it("is refused where the file is empty, instead of encrypting by nothing", async () => {
    await writeFile(join(folder, "secret.key"), "\n");
    await expect(createSealer(undefined, folder).seal("text", "purpose")).rejects.toThrow(
      /ADMIN_SECRET_KEY_WRONG/,
    );
  });
});

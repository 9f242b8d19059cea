/** What `npm pack` makes, outside the repository: the tarball unpacked beside its dependencies, in a folder of its own. */
import { execFileSync, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { itWithRedis } from "../helpers/require.ts";
import { untar } from "../helpers/untar.ts";
import { until } from "../helpers/until.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

describe("the package", () => {
  let folder: string;
  let program: string;
  let packed: string;
  const environment = { PATH: process.env["PATH"], HOME: process.env["HOME"] };

  /** Where npm would put them: the program, and what its manifest names; of these what they need themselves is found where they really are. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-package-"));
    execFileSync("npm", ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder], {
      cwd: root,
      stdio: "pipe",
    });
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
    packed = join(folder, "node_modules", "signalbox");
    mkdirSync(packed, { recursive: true });
    untar(join(folder, tarball), packed);
    for (const name of Object.keys(manifest.dependencies)) {
      const link = join(folder, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, "node_modules", name), link);
    }
    program = join(packed, "bin", "signalbox.js");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const signalbox = (cwd: string, ...args: string[]): { code: number; text: string } => {
    try {
      const text = execFileSync(process.execPath, [program, ...args], {
        cwd,
        env: environment,
        encoding: "utf8",
        stdio: "pipe",
      });
      return { code: 0, text };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, text: stdout + stderr };
    }
  };
  const emptyFolder = (name: string): string => {
    const dir = join(folder, name);
    mkdirSync(dir);
    return dir;
  };

  it("says its version", () => {
    expect(signalbox(folder, "--version")).toEqual({ code: 0, text: `${manifest.version}\n` });
  });

  it("holds neither sources, tests nor anything of this machine", () => {
    const files = readdirSync(packed, { recursive: true, encoding: "utf8" });
    expect(
      files.filter((path) =>
        /(^|\/)(test|node_modules|data)\/|\.env$|^src\/.*\.ts$|\.tsbuildinfo$/.test(path),
      ),
    ).toEqual([]);
  });

  it("makes a workspace in an empty folder, which checks without a remark and whose cases pass", () => {
    const dir = emptyFolder("fresh");
    const { code, text } = signalbox(dir, "init");
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining("sources/github.yaml") });
    expect(text).toContain("docs/schemas/   by which editors help");
    expect(text).toContain("npx signalbox dev --demo");
    expect(statSync(join(dir, ".env")).mode & 0o777).toBe(0o600);
    const checked = JSON.parse(signalbox(dir, "check", "--json").text) as object;
    expect(checked).toMatchObject({ errors: 0, warnings: 0, problems: [] });
    const tested = JSON.parse(signalbox(dir, "test", "--json").text) as object;
    expect(tested).toMatchObject({ passed: 2, failed: 0 });
  });

  it("gives each workspace a secret of its own", () => {
    const secrets = ["one", "two"].map((name) => {
      signalbox(emptyFolder(name), "init");
      return readFileSync(join(folder, name, ".env"), "utf8");
    });
    expect(secrets[0]).toMatch(/^GITHUB_WEBHOOK_SECRET=[\w-]{32}$/m);
    expect(secrets[0]).not.toBe(secrets[1]);
  });

  it("writes nothing at all into a folder that holds one of the files", () => {
    const dir = emptyFolder("taken");
    mkdirSync(join(dir, "routes"));
    writeFileSync(join(dir, "routes/push-to-note.yaml"), "mine\n");
    const { code, text } = signalbox(dir, "init");
    expect(code).toBe(1);
    expect(text).toContain("routes/push-to-note.yaml is there already");
    expect(readdirSync(dir)).toEqual(["routes"]);
    expect(readFileSync(join(dir, "routes/push-to-note.yaml"), "utf8")).toBe("mine\n");
  });

  for (const command of ["dev", "start"]) {
    itWithRedis(`\`${command} --demo\` serves what it made: one signed push arrives as a note`, async () => {
      const dir = emptyFolder(`served-${command}`);
      signalbox(dir, "init");
      const child = spawn(process.execPath, [program, command, "--demo"], {
        cwd: dir,
        env: {
          ...environment,
          SIGNALBOX_PORT: "0",
          SIGNALBOX_ADMIN_PORT: "0",
          SIGNALBOX_DEMO_PORT: "0",
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      let told = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (told += chunk.toString()));
      try {
        await until("it is delivered", () => /4 {2}The delivery: .* → 200/.test(told), { withinMs: 25_000 });
        expect(told).toContain('"title": "Codertocat pushed to Codertocat/Hello-World:');
      } finally {
        child.kill("SIGTERM");
      }
      expect(await ended).toBe(0);
    });
  }
});

/** What the documents and the files at the root say is true: names, links, examples, containers, scripts. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { runCases } from "../src/rules/cases.ts";
import { loadWorkspace } from "../src/rules/load.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(read("package.json")) as Manifest;

describe("the documents", () => {
  test("ARCHITECTURE gives a reason for each dependency, and for none that is not there", () => {
    const reasons = read("ARCHITECTURE.md").split("## Dependencies")[1] ?? "";
    const named = [...reasons.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name!).sort();
    expect(named).toEqual(
      [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)].sort(),
    );
  });

  test("CHANGELOG has a place for what is not released", () => {
    expect(read("CHANGELOG.md")).toMatch(/^## \[Unreleased\]$/m);
  });

  test("README has all commands and no others", () => {
    const table = read("README.md").split("## Commands")[1]!.split("## Settings")[0]!;
    const told = [...table.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name!).sort();
    const declared = readdirSync(join(root, "src/cli"))
      .flatMap((file) => [...read(`src/cli/${file}`).matchAll(/\.command\("(\w+)/g)].map(([, name]) => name!))
      .sort();
    expect(told).toEqual(declared);
  });

  test("README's settings are settings, with their defaults", () => {
    const settings = read("src/settings.ts");
    const rows = [...read("README.md").matchAll(/^\| `((?:REDIS|SIGNALBOX)_\w+)` +\| (?:`([^`]*)`)? *\|/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, name, value = ""] of rows) {
      const [, given = ""] = new RegExp(`variable: "${name}",\\s+default: (?:undefined|"([^"]*)")`).exec(
        settings,
      ) ?? ["", "?"];
      expect(given, name).toBe(value);
    }
  });

  test("README's first route is one: its files check, and its case passes", async () => {
    const dir = mkdtempSync(join(tmpdir(), "signalbox-readme-"));
    try {
      for (const [, text] of read("README.md").matchAll(/```(?:yaml|jsonata)\n([^]*?)```/g)) {
        const [, file] = /^(?:#|\/\*) (\w+\/[\w-]+\.(?:yaml|jsonata))/.exec(text!)!;
        mkdirSync(dirname(join(dir, file!)), { recursive: true });
        writeFileSync(join(dir, file!), text!);
      }
      const environment = {
        GITHUB_WEBHOOK_SECRET: "a",
        NOTES_URL: "https://notes.example/",
        NOTES_TOKEN: "b",
      };
      const { workspace, problems } = await loadWorkspace(dir, environment);
      expect(problems).toEqual([]);
      expect((await runCases(workspace!, {})).map(({ name, ok }) => [name, ok])).toEqual([
        ["a push is one line", true],
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe("package.json", () => {
  test("has a dozen scripts at most, besides the demos and the site's", () => {
    const names = Object.keys(manifest.scripts).filter((name) => !/^(?:demo|docs):/.test(name));
    expect(names.length).toBeLessThanOrEqual(12);
  });

  test("has a demo for each example, and the examples' page names them all", () => {
    const folders = readdirSync(join(root, "examples"), { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && entry.name !== "recipes",
    );
    const demos = Object.entries(manifest.scripts).filter(([name]) => name.startsWith("demo:"));
    const wished = folders.map(({ name }) => [`demo:${name}`, `node examples/${name}/demo.js`]);
    expect(demos.sort()).toEqual(wished.sort());
    for (const [name] of demos) expect(read("examples/README.md")).toContain(`npm run ${name}`);
  });

  test("packs what is read at run time", () => {
    const needed = ["bin", "dist", "src/providers/catalogue", "src/providers/samples"];
    expect(needed.filter((path) => !manifest.files.includes(path))).toEqual([]);
  });
});

interface ComposeService {
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly deploy?: { readonly replicas: number };
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly profiles?: readonly string[];
  readonly networks?: readonly string[];
}

describe("docker-compose.yml", () => {
  const compose = parse(read("docker-compose.yml"), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  const { valkey, ingest, worker, prometheus, grafana } = compose.services;

  test("runs one that accepts, two that deliver, and a store", () => {
    const always = Object.entries(compose.services).filter(([, { profiles }]) => profiles === undefined);
    expect(always.map(([name]) => name).sort()).toEqual(["ingest", "valkey", "worker"]);
    expect(ingest?.environment?.["SIGNALBOX_ROLE"]).toBe("ingest");
    expect(worker?.environment?.["SIGNALBOX_ROLE"]).toBe("worker");
    expect(worker?.deploy?.replicas).toBe(2);
  });

  test("the store keeps an append-only file and evicts nothing", () => {
    const command = valkey?.command?.join(" ");
    expect(command).toContain("--appendonly yes");
    expect(command).toContain("--maxmemory-policy noeviction");
  });

  test("every service is watched, restarted, and cannot write to its image", () => {
    for (const service of Object.values(compose.services)) {
      expect(service.healthcheck?.test.length).toBeGreaterThan(1);
      expect(service.restart).toBe("unless-stopped");
      expect(service.read_only).toBe(true);
    }
  });

  test("what waits on the disk of the ingest outlasts its container", () => {
    const folder = ingest?.environment?.["SIGNALBOX_DATA_DIR"];
    expect(ingest?.volumes).toContain(`ingest-data:${folder}`);
    expect(ingest?.tmpfs).not.toContain(folder);
    expect(new Set(ingest?.volumes)).toEqual(new Set([...(worker?.volumes ?? []), `ingest-data:${folder}`]));
  });

  test("the operator's port is published on loopback alone, the store's not at all", () => {
    const published = Object.values(compose.services).flatMap(({ ports }) => ports ?? []);
    expect(published.sort()).toEqual([
      ...["127.0.0.1:3000:3000", "127.0.0.1:8081:8081", "127.0.0.1:9090:9090", "8080:8080"],
    ]);
    expect(worker?.ports, "a worker's is for Prometheus alone").toBeUndefined();
  });

  test("the profile `observability` scrapes every process, and shows what lies in deploy/observability", () => {
    for (const one of [prometheus, grafana]) expect(one?.profiles).toEqual(["observability"]);
    const mounted = [prometheus, grafana].flatMap((one) => one?.volumes ?? []);
    const folders = mounted.filter((volume) => volume.startsWith("./")).map((volume) => volume.split(":"));
    expect(folders.length).toBe(3);
    for (const [folder, , mode] of folders) {
      expect(existsSync(join(root, folder!)), folder).toBe(true);
      expect(mode).toBe("ro");
    }
    const config = parse(read("deploy/observability/prometheus/prometheus.yml")) as {
      rule_files: string[];
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    expect(config.rule_files).toEqual(["/etc/prometheus/alerts.yml"]);
    const [scraped] = config.scrape_configs[0]!.dns_sd_configs;
    expect(scraped).toMatchObject({ names: ["ingest", "worker"], port: 8081 });
    for (const name of scraped!.names) {
      expect(compose.services[name]?.environment?.["SIGNALBOX_ADMIN_HOST"]).toBe("0.0.0.0");
      expect(compose.services[name]?.networks).toContain("observability");
    }
    expect(prometheus?.networks).toContain("observability");
    const source = parse(read("deploy/observability/grafana/provisioning/datasources/prometheus.yml")) as {
      datasources: { url: string }[];
    };
    expect(source.datasources[0]!.url).toBe("http://prometheus:9090");
  });

  test("a stop takes as long as the router asks for", () => {
    const [, stopMs = ""] = /const STOP_MS = ([\d_]+)/.exec(read("src/cli/serve.ts")) ?? [];
    expect(Number(stopMs.replaceAll("_", ""))).toBeGreaterThan(0);
    for (const service of [ingest, worker]) {
      expect(Number.parseInt(service?.stop_grace_period ?? "")).toBeGreaterThan(
        Number(stopMs.replaceAll("_", "")) / 1000,
      );
    }
  });
});

describe("Dockerfile", () => {
  const lines = read("Dockerfile").split("\n");
  const last = (instruction: string): string =>
    lines.findLast((line) => line.startsWith(`${instruction} `)) ?? "";

  test("builds in a stage of its own, without install scripts, and runs without privileges", () => {
    const bases = lines.filter((line) => line.startsWith("FROM "));
    expect(bases.length).toBe(2);
    expect(bases.every((line) => line.startsWith("FROM ${NODE_IMAGE}"))).toBe(true);
    expect(
      lines.filter((line) => /npm (ci|prune)/.test(line)).every((line) => line.includes("--ignore-scripts")),
    ).toBe(true);
    expect(last("USER")).toMatch(/^USER [1-9]\d*/);
    expect(last("STOPSIGNAL")).toBe("STOPSIGNAL SIGTERM");
    expect(last("ENTRYPOINT")).toBe('ENTRYPOINT ["node", "bin/signalbox.js"]');
  });

  test("asks for /readyz, as compose does", () => {
    const compose = parse(read("docker-compose.yml"), { merge: true }) as {
      services: Record<string, ComposeService>;
    };
    const probe = compose.services["ingest"]!.healthcheck!.test.at(-1)!;
    expect(probe).toContain("http://127.0.0.1:8081/readyz");
    expect(lines.some((line) => line.includes(JSON.stringify(probe)))).toBe(true);
  });

  test("copies what is there and what .dockerignore lets in", () => {
    const allowed = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const copied = lines
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from"))
      .flatMap((line) => line.split(" ").slice(1, -1));
    expect(copied.filter((path) => !existsSync(join(root, path)) || !allowed.includes(path))).toEqual([]);
  });
});

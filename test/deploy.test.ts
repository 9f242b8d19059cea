/** What deploy/ holds is what Kubernetes, Helm and systemd take, and says the same as the router. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { runCases } from "../src/rules/cases.ts";
import { loadWorkspace } from "../src/rules/load.ts";
import { readSettings } from "../src/settings.ts";
import { faultsOf, type KubernetesObject } from "./helpers/kubernetes.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const kubernetes = join(root, "deploy/kubernetes");
const chart = join(root, "deploy/helm/signalbox");
const read = (path: string): string => readFileSync(path, "utf8");
const { version } = JSON.parse(read(join(root, "package.json"))) as { version: string };

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path?: string }[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly files?: readonly string[];
    readonly literals?: readonly string[];
  }[];
  readonly images?: readonly { readonly newTag: string }[];
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
}
interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy: { readonly rollingUpdate: Readonly<Record<string, number>> };
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly Container[];
      };
    };
  };
}

const objectsIn = (text: string): KubernetesObject[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);

const files = readdirSync(kubernetes, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".yaml") && !path.includes("/rules/"))
  .map((path) => join(kubernetes, path));
const kustomizations = files.filter((path) => path.endsWith("kustomization.yaml"));
const manifests = files.filter(
  (path) => !path.endsWith("kustomization.yaml") && !path.endsWith("mounts.yaml"),
);
const objects = manifests.flatMap((path) => objectsIn(read(path)));
const has = (program: string): boolean => spawnSync("which", [program], { stdio: "ignore" }).status === 0;

/** What all Deployments of ours promise, from whichever template. */
function expectSafe({ metadata, spec }: Deployment): void {
  const name = metadata?.name ?? "";
  const { template, strategy } = spec;
  expect(strategy.rollingUpdate, name).toEqual({ maxUnavailable: 0, maxSurge: 1 });
  expect(template.spec.securityContext, name).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  });
  // The router takes 25 s, and balancers 5 s before that.
  expect(template.spec.terminationGracePeriodSeconds, name).toBeGreaterThan(30);
  for (const { securityContext, readinessProbe, env } of template.spec.containers) {
    expect(securityContext, name).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const role = env.find((one) => one.name === "SIGNALBOX_ROLE")?.value;
    expect(readinessProbe.httpGet, name).toEqual({
      path: role === "ingest" ? "/readyz/ingest" : "/readyz",
      port: "operator",
    });
  }
}
const deploymentsIn = (all: readonly KubernetesObject[]): Deployment[] =>
  all.filter((object): object is Deployment => object.kind === "Deployment");

describe("deploy/kubernetes", () => {
  it("holds what the API takes, with no key that it does not know", () => {
    expect(objects.length).toBeGreaterThan(12);
    expect(faultsOf(objects)).toEqual([]);
  });

  it("a mistyped key and a wrong value are found by that check", () => {
    const [ingest] = deploymentsIn(objects);
    const mistyped = { ...ingest!, spec: { ...ingest!.spec, replica: 3 } };
    expect(faultsOf([mistyped]).join()).toMatch(/Deployment signalbox-ingest: .*"replica"/);
    const wrong = { ...ingest!, spec: { ...ingest!.spec, replicas: "three" } };
    expect(faultsOf([wrong as never]).length).toBeGreaterThan(0);
  });

  it("names only files that are there, and leaves none out", () => {
    const named = kustomizations.flatMap((path) => {
      const {
        resources = [],
        components = [],
        patches = [],
        configMapGenerator = [],
      } = parse(read(path)) as Kustomization;
      const all = [...resources, ...components, ...patches.flatMap((patch) => patch.path ?? [])];
      return [...all, ...configMapGenerator.flatMap((one) => one.files ?? [])].map((to) =>
        join(dirname(path), to),
      );
    });
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
    const rules = readdirSync(join(kubernetes, "components/rules-configmap/rules"), {
      recursive: true,
      encoding: "utf8",
    })
      .map((path) => join(kubernetes, "components/rules-configmap/rules", path))
      .filter((path) => /\.\w+$/.test(path));
    const left = [...manifests, ...rules].filter((path) => !named.includes(path));
    expect(left.map((path) => relative(root, path))).toEqual([]);
  });

  it("runs three that accept and three that deliver, of which none is missing while they change", () => {
    const deployments = deploymentsIn(objects);
    expect(deployments.map(({ metadata, spec }) => [metadata?.name, spec.replicas])).toEqual([
      ["signalbox-ingest", 3],
      ["signalbox-worker", 3],
    ]);
    deployments.forEach(expectSafe);
  });

  it("sets settings that the router has and takes", () => {
    const literals = kustomizations.flatMap((path) =>
      ((parse(read(path)) as Kustomization).configMapGenerator ?? []).flatMap((one) => one.literals ?? []),
    );
    const given = Object.fromEntries(
      literals.map((text) => text.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const known = read(join(root, "src/settings.ts"));
    for (const name of Object.keys(given).filter((one) => !one.startsWith("NODE_")))
      expect(known, name).toContain(`variable: "${name}"`);
    expect(readSettings(given)).toMatchObject({ adminHost: "0.0.0.0", spoolMegabytes: 0 });
  });

  it("brings rules that check without a remark, and whose cases pass", async () => {
    const environment = { GITHUB_WEBHOOK_SECRET: "a", NOTES_URL: "https://notes.example/" };
    const { workspace, problems } = await loadWorkspace(
      join(kubernetes, "components/rules-configmap/rules"),
      environment,
    );
    expect(problems).toEqual([]);
    expect((await runCases(workspace!, {})).map(({ ok }) => ok)).toEqual([true, true]);
  });

  it("scales by a metric that the router exports", () => {
    const { spec } = objects.find(({ kind }) => kind === "ScaledObject") as unknown as {
      spec: { triggers: { metadata: { query: string } }[] };
    };
    const names = spec.triggers[0]!.metadata.query.match(/signalbox_\w+/g)!;
    const exported = readdirSync(join(root, "src/adapters"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => read(join(root, "src/adapters", file)))
      .join();
    for (const name of names) expect(exported).toContain(name);
    // The same in the chart.
    expect(read(join(chart, "templates/network.yaml")).match(/signalbox_\w+/g)).toEqual(names);
  });

  it("takes the image of this version", () => {
    const { images } = parse(read(join(kubernetes, "overlays/example/kustomization.yaml"))) as Kustomization;
    expect(images?.[0]?.newTag).toBe(version);
  });
});

describe("deploy/helm/signalbox", () => {
  const schema = JSON.parse(read(join(chart, "values.schema.json"))) as object;
  const values = parse(read(join(chart, "values.yaml"))) as Record<string, object>;

  it("has this version, and values that its own schema takes", () => {
    const { appVersion } = parse(read(join(chart, "Chart.yaml"))) as { appVersion: string };
    expect(appVersion).toBe(version);
    const check = new Ajv({ strict: false }).compile(schema);
    expect([check(values), check.errors]).toEqual([true, null]);
    expect(check({ ...values, ingest: { ...values["ingest"], replica: 3 } })).toBe(false);
    expect(check({ ...values, settings: { REDIS_URL: "redis://store" } })).toBe(false);
    expect(check({ ...values, rules: { git: "git+https://ada:s3cr3t@host/rules.git", files: {} } })).toBe(
      false,
    );
  });

  it("has a use for each value in its templates", () => {
    const text = readdirSync(join(chart, "templates"))
      .map((name) => read(join(chart, "templates", name)))
      .join();
    const leaves = (value: object, path: string[]): string[][] =>
      Object.entries(value).flatMap(([name, one]: [string, unknown]) =>
        typeof one === "object" && one !== null && !Array.isArray(one) && path.length < 1
          ? leaves(one, [...path, name])
          : [[...path, name]],
      );
    // `settings` is passed on whole; `ingest` and `worker` are looked up by their component.
    const used = leaves(values, []).filter(([top]) => !["settings", "ingest", "worker"].includes(top!));
    expect(used.filter((path) => !text.includes(`.Values.${path.join(".")}`))).toEqual([]);
    for (const name of ["replicas", "resources"]) expect(text).toContain(`$given.${name}`);
    expect(text).toContain(".Values.settings");
  });

  const withHelm = has("helm") ? it : it.skip;
  withHelm(`renders objects that the API takes${has("helm") ? "" : " (skipped: no helm on PATH)"}`, () => {
    const cache = mkdtempSync(join(tmpdir(), "signalbox-helm-"));
    const helm = (...args: string[]): string =>
      execFileSync("helm", [...args, "--kube-version", "1.31.0"], {
        encoding: "utf8",
        stdio: "pipe",
        env: { ...process.env, HELM_CACHE_HOME: cache },
      });
    try {
      const rules = '{"sources/github.yaml":"provider: github\\n","transforms/a.jsonata":"{}\\n"}';
      const full = ["--set", "autoscaling.enabled=true,ingress.enabled=true,ingress.host=hooks.example"];
      for (const more of [[], [...full, "--set-json", `rules.files=${rules}`]]) {
        const rendered = objectsIn(helm("template", "sb", chart, ...more));
        expect(faultsOf(rendered)).toEqual([]);
        const deployments = deploymentsIn(rendered);
        deployments.forEach(expectSafe);
        expect(deployments.map(({ spec }) => spec.replicas)).toEqual([3, more.length === 0 ? 3 : undefined]);
      }
      expect(() => helm("template", "sb", chart, "--set", "ingest.replica=3")).toThrow(/replica/);
      expect(() => helm("template", "sb", chart, "--set", "ingress.enabled=true")).toThrow(/ingress\.host/);
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

describe("deploy/systemd", () => {
  const unit = join(root, "deploy/systemd/signalbox.service");
  const text = read(unit);

  it("waits longer for the end than the router does, and does not repeat what cannot be started", () => {
    expect(Number(/TimeoutStopSec=(\d+)/.exec(text)![1])).toBeGreaterThan(25);
    expect(text).toContain("RestartPreventExitStatus=78");
    expect(text).toContain("ExecReload=/bin/kill -HUP $MAINPID");
  });

  const withSystemd = has("systemd-analyze") ? it : it.skip;
  withSystemd(
    `is a unit that systemd takes${has("systemd-analyze") ? "" : " (skipped: no systemd-analyze on PATH)"}`,
    () => {
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    },
  );
});

describe(".github/workflows/release.yml", () => {
  it("publishes what was tested, with provenance and an SBOM, and without a token that lasts", () => {
    const text = read(join(root, ".github/workflows/release.yml"));
    const { jobs, permissions } = parse(text) as {
      permissions: object;
      jobs: Record<string, { needs?: string; permissions: object; steps: { run?: string }[] }>;
    };
    expect(permissions).toEqual({});
    expect(jobs["publish"]).toMatchObject({ needs: "test", permissions: { "id-token": "write" } });
    const runs = jobs["publish"]!.steps.flatMap(({ run }) => run ?? []).join("\n");
    expect(runs).toMatch(/npm sbom .*cyclonedx[^]*npm publish .*--provenance/);
    expect(jobs["test"]!.steps.flatMap(({ run }) => run ?? []).join("\n")).toMatch(
      /npm test[^]*test\/nodes\.js/,
    );
    expect(text).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/);
  });
});

/** A real Prometheus that scrapes routers on loopback once a second. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./redis.ts";
import { prometheusPrograms } from "./require.ts";
import { until } from "./until.ts";

/** A series and its last value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface TestPrometheus {
  query(expression: string): Promise<readonly Sample[]>;
  close(): Promise<void>;
}

/** `targets`: host and port; `rules`: the text of a file of rules. */
export async function aPrometheus(
  targets: readonly string[],
  rules = "groups: []\n",
): Promise<TestPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-prometheus-"));
  const port = await freePort();
  writeFileSync(join(folder, "rules.yml"), rules);
  writeFileSync(
    join(folder, "prometheus.yml"),
    JSON.stringify({
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "250ms" },
      rule_files: ["rules.yml"],
      scrape_configs: [
        {
          job_name: "signalbox",
          scrape_interval: "1s",
          scrape_timeout: "1s",
          static_configs: [{ targets }],
        },
      ],
    }),
  );
  const child = spawn(
    prometheusPrograms!.server,
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const close = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const base = `http://127.0.0.1:${port}`;
  try {
    await until(
      "Prometheus is ready",
      async () => {
        if (child.exitCode !== null) throw new Error(`Prometheus ended: ${errors.join("")}`);
        return fetch(`${base}/-/ready`).then(
          (answer) => answer.ok,
          () => false,
        );
      },
      { withinMs: 30_000 },
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async query(expression) {
      const answer = await fetch(`${base}/api/v1/query`, {
        method: "POST",
        body: new URLSearchParams({ query: expression }),
      });
      const { status, error, data } = (await answer.json()) as {
        status: string;
        error?: string;
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      if (status !== "success") throw new Error(`${error}: ${expression}`);
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    close,
  };
}

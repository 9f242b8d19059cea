/** A process that stands still is ended from outside of its loop; one that is only busy is not. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const module = JSON.stringify(
  fileURLToPath(new URL("../../../dist/adapters/watching/watchdog.js", import.meta.url)),
);

/** Runs a script that is watched for a standstill of a second. */
async function watched(
  script: string,
): Promise<{ signal: NodeJS.Signals | null; code: number | null; said: string }> {
  const text = `import { watchLoop } from ${module}; const stop = watchLoop(1_000); ${script}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  // A loop that stands still hears no other signal.
  const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("close", (...how) => resolve(how));
  });
  clearTimeout(late);
  return { code, signal, said };
}

it("ends a process whose loop has stood still, and says why", async () => {
  const { signal, said } = await watched("setTimeout(() => { for (;;) {} }, 100);");
  expect(signal).toBe("SIGKILL");
  expect(JSON.parse(said)).toMatchObject({ level: "fatal", step: "watchdog.ended" });
});

it("leaves one alone that is busy and still turns, and lets it end by itself", async () => {
  const busy = `
    const until = Date.now() + 2_500;
    const turn = () => {
      for (const end = Date.now() + 300; Date.now() < end;);
      if (Date.now() < until) setTimeout(turn, 1);
      else void stop();
    };
    turn();`;
  expect(await watched(busy)).toMatchObject({ code: 0, signal: null, said: "" });
});

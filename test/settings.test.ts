import { describe, expect, it } from "vitest";
import { inRanges } from "../src/core/address.ts";
import { SignalboxError } from "../src/core/errors.ts";
import { readSettings, settingsHelp, settingsMarkdown } from "../src/settings.ts";

function refusalOf(environment: Record<string, string>): SignalboxError {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SignalboxError) return error;
  }
  throw new Error("The settings were taken.");
}

describe("settings", () => {
  it("have the contract's defaults", () => {
    expect(readSettings({})).toEqual({
      redisUrl: undefined,
      dir: ".",
      dataDir: "./data",
      port: 8080,
      host: undefined,
      adminPort: 8081,
      adminHost: "127.0.0.1",
      role: "all",
      logLevel: "info",
      allowPrivateTargets: [],
      publicUrl: undefined,
      secretKey: undefined,
      historyHours: 168,
      historyMegabytes: 512,
      trial: false,
      production: false,
    });
  });

  it("come from the environment, and an override wins", () => {
    const environment = {
      SIGNALBOX_DIR: "/a",
      SIGNALBOX_PORT: "0",
      SIGNALBOX_ROLE: "worker",
      NODE_ENV: "production",
    };
    const settings = readSettings(environment, { dir: "/b" });
    expect(settings).toMatchObject({ dir: "/b", port: 0, role: "worker", production: true });
  });

  it("count as unset when they are empty, as a compose file passes them", () => {
    expect(readSettings({ SIGNALBOX_PORT: "", REDIS_URL: " " })).toMatchObject({
      port: 8080,
      redisUrl: undefined,
    });
  });

  it("read private ranges into what addresses are compared with", () => {
    const { allowPrivateTargets } = readSettings({
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: "10.0.0.0/8, 127.0.0.1,",
    });
    expect(inRanges("10.1.2.3", allowPrivateTargets)).toBe(true);
    expect(inRanges("127.0.0.2", allowPrivateTargets)).toBe(false);
  });

  it("take a public URL without its last slash", () => {
    expect(readSettings({ SIGNALBOX_PUBLIC_URL: "https://hooks.example.com/in/" }).publicUrl).toBe(
      "https://hooks.example.com/in",
    );
  });

  it.each([
    ["SIGNALBOX_PORT", "65536"],
    ["SIGNALBOX_PORT", "80a"],
    ["SIGNALBOX_ADMIN_PORT", "-1"],
    ["SIGNALBOX_ROLE", "both"],
    ["SIGNALBOX_LOG_LEVEL", "loud"],
    ["SIGNALBOX_ALLOW_PRIVATE_TARGETS", "10.0.0.0/33"],
    ["SIGNALBOX_HISTORY_HOURS", "0"],
    ["SIGNALBOX_HISTORY_MB", "much"],
    ["SIGNALBOX_TRIAL", "yes"],
  ])("refuse %s=%s, naming the variable, what was expected and what was got", (variable, text) => {
    const { code, detail } = refusalOf({ [variable]: text });
    expect(code).toBe("SETTING_INVALID");
    expect(detail).toMatch(new RegExp(`^${variable} must be .*, got "${text.replace("/", "\\/")}"\\.$`));
  });

  it.each([
    "http://user:hunter2@host",
    "hunter2:6379",
    "redis://user:hunter2@host:6379/x",
    "redis://user:hunter2@host?rejectUnauthorized=false",
    "redis://user:hunter2%@host",
    "redis://user:hunter2@host:notaport",
    "redis://:hunter2@",
  ])("refuse %s without showing its password", (url) => {
    const error = refusalOf({ REDIS_URL: url });
    expect(error.code).toBe("SETTING_INVALID");
    expect(error.detail).toContain("REDIS_URL");
    expect(JSON.stringify([error.message, error.detail, error.stack])).not.toContain("hunter2");
  });

  it.each(["redis://localhost", "rediss://u:p%40ss@redis.example.com:6380/3", "redis://:p@[::1]:6379"])(
    "take %s",
    (url) => {
      expect(readSettings({ REDIS_URL: url }).redisUrl).toBe(url);
    },
  );

  it("are all in the help and on the reference page", () => {
    for (const variable of ["REDIS_URL", "SIGNALBOX_DATA_DIR", "SIGNALBOX_HISTORY_MB", "NODE_ENV"]) {
      expect(settingsHelp()).toContain(variable);
      expect(settingsMarkdown()).toContain(`| \`${variable}\` |`);
    }
    expect(settingsHelp()).toContain("Default: 8081.");
  });
});

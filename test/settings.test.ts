import { describe, expect, it } from "vitest";
import { inRanges } from "../src/core/address.ts";
import { SignalboxError } from "../src/core/errors.ts";
import { readSettings, shownSettings, settingsHelp, settingsPage } from "../src/settings.ts";

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
      rules: undefined,
      rulesSeconds: 30,
      dataDir: "./data",
      port: 8080,
      host: undefined,
      adminPort: 8081,
      adminHost: "127.0.0.1",
      adminUrl: undefined,
      trustedProxies: [],
      adminToken: undefined,
      ruleBudgets: {},
      secretKey: undefined,
      sessionIdleHours: 12,
      sessionMaxHours: 168,
      impersonation: "on",
      environment: undefined,
      auditDays: 400,
      oidcIssuer: undefined,
      oidcClientId: undefined,
      oidcClientSecret: undefined,
      oidcRoleClaim: "roles",
      oidcRoles: new Map([["*", "viewer"]]),
      role: "all",
      logLevel: "info",
      allowPrivateTargets: [],
      durability: "fast",
      spoolMegabytes: 256,
      leaveSeconds: 2,
      coverageOneIn: 0,
      learning: "on",
      shedSeconds: 30,
      publicUrl: undefined,
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

  it("are two ports, unless the system picks them", () => {
    const both = (port: string) => ({ SIGNALBOX_PORT: port, SIGNALBOX_ADMIN_PORT: port });
    expect(refusalOf(both("9000"))).toMatchObject({
      code: "SETTING_INVALID",
      detail: "SIGNALBOX_PORT and SIGNALBOX_ADMIN_PORT must be two ports, got 9000 for both.",
    });
    expect(refusalOf({ SIGNALBOX_PORT: "8081" }).detail).toContain("got 8081 for both");
    expect(readSettings(both("0"))).toMatchObject({ port: 0, adminPort: 0 });
  });

  it("read private ranges into what addresses are compared with", () => {
    const { allowPrivateTargets } = readSettings({
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: "10.0.0.0/8, 127.0.0.1,",
    });
    expect(inRanges("10.1.2.3", allowPrivateTargets)).toBe(true);
    expect(inRanges("127.0.0.2", allowPrivateTargets)).toBe(false);
  });

  it("never tell a secret, not even one that is too short", () => {
    for (const variable of ["SIGNALBOX_ADMIN_TOKEN", "SIGNALBOX_SECRET_KEY"]) {
      const { code, detail } = refusalOf({ [variable]: "canary-4711" });
      expect(code).toBe("SETTING_INVALID");
      expect(detail).toContain(`${variable} must be at least 32 characters`);
      expect(detail).not.toContain("canary");
    }
    const secret = shownSettings(readSettings({}))
      .filter((shown) => shown.secret)
      .map(({ variable }) => variable);
    expect(secret).toEqual(
      expect.arrayContaining([
        "REDIS_URL",
        "SIGNALBOX_ADMIN_TOKEN",
        "SIGNALBOX_SECRET_KEY",
        "SIGNALBOX_OIDC_CLIENT_SECRET",
      ]),
    );
    expect(secret).not.toContain("SIGNALBOX_PORT");
  });

  it("read which of a provider's roles is which of ours, and refuse a role that there is not", () => {
    expect(readSettings({ SIGNALBOX_OIDC_ROLES: "ops=operator, a=b=admin" }).oidcRoles).toEqual(
      new Map([
        ["ops", "operator"],
        ["a=b", "admin"],
      ]),
    );
    const shown = (environment: Record<string, string>): string | undefined =>
      shownSettings(readSettings(environment)).find(({ variable }) => variable === "SIGNALBOX_OIDC_ROLES")
        ?.value;
    expect(shown({ SIGNALBOX_OIDC_ROLES: "ops=operator,a=admin" })).toBe("ops=operator,a=admin");
    expect(shown({})).toBe("*=viewer");
    expect(refusalOf({ SIGNALBOX_OIDC_ROLES: "ops=root" }).detail).toContain('got "ops=root"');
  });

  it.each(["http://id.example.com", "ftp://id.example.com", "https://user:pw@id.example.com", "nonsense"])(
    "refuse %s as an identity provider",
    (issuer) => {
      expect(refusalOf({ SIGNALBOX_OIDC_ISSUER: issuer }).detail).toMatch(
        /^SIGNALBOX_OIDC_ISSUER must be an https URL/,
      );
    },
  );

  it("keep the audit trail for 90 days at least", () => {
    expect(readSettings({ SIGNALBOX_AUDIT_DAYS: "90" }).auditDays).toBe(90);
    expect(refusalOf({ SIGNALBOX_AUDIT_DAYS: "89" }).detail).toContain("from 90");
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
    ["SIGNALBOX_RULE_BUDGETS", "steps"],
    ["SIGNALBOX_RULE_BUDGETS", "seconds=3"],
    ["SIGNALBOX_RULE_BUDGETS", "constructor=3"],
    ["SIGNALBOX_RULE_BUDGETS", "steps=0"],
    ["SIGNALBOX_RULE_BUDGETS", "depth=100000"],
    ["SIGNALBOX_RULE_BUDGETS", "bytes=1e6"],
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
      expect(settingsPage()).toContain(`| \`${variable}\` |`);
    }
    expect(settingsHelp()).toContain("Default: 8081.");
  });
});

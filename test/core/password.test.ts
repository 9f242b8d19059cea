import { describe, expect, it } from "vitest";
import { passwordFault } from "../../src/core/password.ts";

describe("a password", () => {
  it.each([
    ["short", "12 to 256"],
    ["x".repeat(257), "12 to 256"],
    ["password1234", "commonest"],
    ["P@ssw0rd!!2024", "commonest"],
    ["Administrator1", "commonest"],
    ["qwertyuiop123", "commonest"],
    ["changeme-changeme", "commonest"],
    ["123456789012", "row"],
    ["987654321098", "row"],
    ["abcdefghijkl", "row"],
    ["1qaz2wsx3edc", "row"],
    ["aaaaaaaaaaaa", "fewer than five"],
    ["hunter hunter hunter ", "repeated"],
    ["margaret1234", "the name"],
  ])("%s is refused", (password, why) => {
    const fault = passwordFault(password, "margaret");
    expect(fault).toContain(why);
    if (password.length > 8) expect(fault).not.toContain(password);
  });

  it.each([
    "four horses under a lamp",
    "correct horse battery staple",
    "Tr0ub4dor&3 and more",
    "пароль который длинный",
    "🐴🐎🦄🐖🐗🐏🐑🐐🐪🐫🦙🦒",
  ])("%s is taken", (password) => {
    expect(passwordFault(password, "margaret")).toBeUndefined();
  });
});

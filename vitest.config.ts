import { defineConfig } from "vitest/config";

/** What touches nothing outside of its own values shares processes, and what these have loaded: that is half of its time. */
const PURE = ["core", "credentials", "dashboard", "formats", "language", "pipeline", "providers", "rules"];
const pure = PURE.map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 5,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    globalSetup: ["test/helpers/build.ts"],
    projects: [
      {
        extends: true,
        test: { name: "whole", include: ["test/**/*.test.ts"], exclude: pure },
      },
      { extends: true, test: { name: "pure", include: pure, isolate: false } },
    ],
  },
});

/** How much of a route's rule runs on live traffic, where that is counted. */
import { SignalboxError } from "../core/errors.ts";
import { gapsOf } from "../rules/coverage-report.ts";
import { shareOf } from "../rules/coverage.ts";
import { liveCoverageOf, versionOf } from "../rules/live-coverage.ts";
import type { LiveCounts } from "../rules/live-coverage.ts";
import type { Workspace } from "../rules/workspace.ts";
import type { Endpoint } from "./endpoint.ts";
import { liveCoverage, type LiveCoverageState } from "./shapes/coverage.ts";

/** What telling of it needs. */
export interface Covering {
  readonly workspace: () => Workspace;
  readonly coverage: {
    readonly oneIn: number;
    /** What each process has counted of a version. */
    readonly read: (version: string) => Promise<readonly LiveCounts[]>;
  };
}

/** GET /routes/:name/coverage. */
export function coverageEndpoints({ workspace, coverage }: Covering): readonly Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/routes/:name/coverage",
      tag: "Workspace",
      summary: "Which parts of a route's condition and rule ran on live traffic",
      scope: "read",
      reply: liveCoverage,
      answer: async ({ parameters }): Promise<LiveCoverageState> => {
        const route = workspace().routes.get(parameters["name"] ?? "");
        if (route === undefined)
          throw new SignalboxError("ADMIN_NAME_UNKNOWN", "There is no route of this name in the workspace.");
        const { samples, rules } = liveCoverageOf(route, await coverage.read(versionOf(route)));
        return {
          ...{ oneIn: coverage.oneIn, samples },
          rules: rules.map((rule) => ({
            ...{ kind: rule.kind, file: rule.file },
            ...shareOf([rule]),
            gaps: gapsOf(rule),
          })),
        };
      },
    },
  ];
}

/** What differs between two loadings of a workspace: by the files' own content, not by their times. */
import type { Route, Workspace } from "./workspace.ts";

/** Names of what is new, gone, or not as it was. */
export interface Changed {
  readonly transforms: readonly string[];
  /** Those whose file, target's file or transform has changed. */
  readonly routes: readonly string[];
}

/** Compares the workspace in force with the one before. */
export function changedBetween(before: Workspace, now: Workspace): Changed {
  const transforms = names(before.transforms, now.transforms).filter(
    (name) => before.transforms.get(name)?.revision !== now.transforms.get(name)?.revision,
  );
  const routes = names(before.routes, now.routes).filter(
    (name) => textOf(before.routes.get(name)) !== textOf(now.routes.get(name)),
  );
  return { transforms, routes };
}

function names(...maps: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
}

function textOf(route: Route | undefined): string {
  if (route === undefined) return "";
  return JSON.stringify([
    route.file,
    route.target.file,
    route.transform?.revision,
    route.canary?.id,
    route.shadow?.id,
  ]);
}

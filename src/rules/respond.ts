/** `respond` of a source, checked: what it names is there, and can be waited for. */
import type { RouteFile } from "../core/route.ts";
import type { SourceFile } from "../core/source.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Provider } from "../providers/provider.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { NOT_IN_HEADERS } from "../core/sendable.ts";

/** What a `respond` may name; those of files with errors too. */
export interface Nameable {
  readonly transforms: ReadonlySet<string>;
  readonly routes: ReadonlySet<string>;
  readonly routeFiles: ReadonlyMap<string, RouteFile>;
}

/** Tells whatever is wrong with it. */
export function checkRespond(
  name: string,
  { respond, split }: SourceFile,
  provider: Provider | undefined,
  { transforms, routes, routeFiles }: Nameable,
  { path, document }: Opened,
  tell: Tell,
): void {
  if (respond === undefined) return;
  const { transform, route, waitSeconds, fallback, body } = respond;
  const wrong = (key: string, said: string, fix?: string): void =>
    tell(path, document.place(`/respond${key}`), "RULE_VALUE_INVALID", said, fix);
  for (const [key, type] of [
    ["/contentType", respond.contentType],
    ["/fallback/contentType", fallback?.contentType],
  ] as const)
    if (type !== undefined && NOT_IN_HEADERS.test(type))
      wrong(
        key,
        `\`/respond${key}\` has characters that no header may hold.`,
        "Remove line breaks and control characters.",
      );
  if (transform !== undefined && !transforms.has(transform)) {
    const said = `There is no transform \`${transform}\`.${didYouMean(transform, transforms)}`;
    tell(path, document.place("/respond/transform"), "RULE_TRANSFORM_UNKNOWN", said);
  }
  if (route === undefined) {
    const alone = waitSeconds !== undefined ? "waitSeconds" : fallback !== undefined ? "fallback" : undefined;
    if (waitSeconds !== undefined || (fallback !== undefined && transform === undefined))
      wrong(
        `/${alone!}`,
        `\`/respond/${alone!}\` is for an answer that a route's target gives.`,
        "Add `route`, or remove the key.",
      );
  } else checkRoute(route);
  if (transform === undefined && route === undefined) return;
  if (body !== undefined)
    wrong(
      "/body",
      "`/respond/body` cannot stand beside an answer that is made.",
      "Move it into `fallback`, or remove it.",
    );
  if (split)
    wrong(
      "",
      "A source with `split` is answered for several events at once: no rule makes that answer.",
      "Remove `split`, or `transform` and `route`.",
    );

  function checkRoute(wanted: string): void {
    const file = routeFiles.get(wanted);
    if (!routes.has(wanted)) {
      const said = `There is no route \`${wanted}\`.${didYouMean(wanted, routes)}`;
      tell(path, document.place("/respond/route"), "RULE_ROUTE_UNKNOWN", said);
    } else if (file !== undefined && file.source !== name)
      wrong(
        "/route",
        `Route \`${wanted}\` takes the events of source \`${file.source}\`, not of this one.`,
        "Name a route of this source.",
      );
    else if (file?.delay !== undefined || file?.notBefore !== undefined)
      wrong(
        "/route",
        `Route \`${wanted}\` waits by itself: its \`${file.delay === undefined ? "notBefore" : "delay"}\` is longer than a sender can wait.`,
        "Name a route whose deliveries begin at once.",
      );
    for (const key of ["waitSeconds", "fallback"] as const) {
      if (respond![key] !== undefined) continue;
      const said = `\`/respond\` lacks \`${key}\`, which \`route\` needs.`;
      tell(path, document.place("/respond"), "RULE_KEY_MISSING", said);
    }
    const patience = provider?.ackSeconds;
    if (patience !== undefined && waitSeconds !== undefined && waitSeconds >= patience)
      wrong(
        "/waitSeconds",
        `\`/respond/waitSeconds\` must be less than ${patience}, after which ${provider!.name} gives up, got ${waitSeconds}.`,
      );
  }
}

/** The `gapCheck` of a source: what is wrong with it is told at its place. */
import { GAP_PROVIDERS } from "../core/gap-check.ts";
import type { SourceFile } from "../core/source.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";

/** Tells of a provider that has no list that we know, of a list that is none, and of ids that are not the provider's. */
export function checkGapCheck(file: SourceFile, { path, document, unset }: Opened, tell: Tell): void {
  const { gapCheck, provider, id } = file;
  if (gapCheck === undefined) return;
  const wrong = (at: string, said: string, fix?: string): void =>
    tell(path, document.place(at), "RULE_VALUE_INVALID", said, fix);
  if (provider === undefined || !Object.hasOwn(GAP_PROVIDERS, provider)) {
    const names = Object.keys(GAP_PROVIDERS).map((name) => `\`${name}\``);
    return wrong("/gapCheck", `\`/gapCheck\` is there for the providers ${names.join(" and ")} alone.`);
  }
  if (id !== undefined)
    wrong("/id", "`/id` stands beside `gapCheck`, which knows what came by the provider's own id.");
  if (unset.has("/gapCheck/url") || provider !== "github") return;
  if (gapCheck.url === undefined || !/\/hooks\/\d+\/?$/.test(gapCheck.url)) {
    const fix =
      "It is https://api.github.com/repos/<owner>/<repository>/hooks/<id>, or …/orgs/<name>/hooks/<id>.";
    wrong(
      "/gapCheck",
      "`/gapCheck/url` must be the hook's URL in GitHub's API, which ends in /hooks/<id>.",
      fix,
    );
  }
}

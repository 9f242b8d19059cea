/** Where rules stand in git, as a setting names it: `git+https://host/path.git#ref:folder`. Pure. */

/** A repository, a ref in it, and a folder in that. */
export interface Repository {
  /** As `git` takes it; may hold a password. */
  readonly url: string;
  /** A branch, a tag or a commit; `HEAD`: the repository's own branch. */
  readonly ref: string;
  /** "" for the root. */
  readonly folder: string;
}

/** The repository, or what was expected of the text. */
export function readRepository(text: string): Repository | string {
  const [, url = "", after] = /^git\+([^#]+)(?:#(.*))?$/.exec(text) ?? [];
  if (!URL.canParse(url) || !/^(https?|ssh|file):$/.test(new URL(url).protocol))
    return "git+https://…, git+ssh://… or git+file:///…, with #ref or #ref:folder behind it";
  const [ref = "", folder = ""] = (after ?? "").split(":", 2);
  if (ref !== "" && !/^[\w][\w./+-]*$/.test(ref)) return "a ref that is a branch, a tag or a commit";
  if (folder.split("/").some((step) => step === ".." || step === ".git") || folder.startsWith("/"))
    return "a folder inside the repository";
  return { url, ref: ref === "" ? "HEAD" : ref, folder };
}

/** As it may be shown: without user and password. */
export function shownRepository({ url, ref, folder }: Repository): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return `git+${shown.href}#${ref}${folder === "" ? "" : `:${folder}`}`;
}

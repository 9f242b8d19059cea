/** The targets of `targets/<name>.yaml`. */
import { compileFormat } from "../core/schema.ts";
import { pointerStep } from "../core/schema-walk.ts";
import { targetSchema } from "../core/target.ts";
import type { TargetFile } from "../core/target.ts";
import type { Budgets } from "../language/budgets.ts";
import { compileTemplate } from "../language/template.ts";
import type { Template } from "../language/template.ts";
import type { WorkspaceFile } from "./files.ts";
import { checkFormat, openYaml, showAsWritten, valueAt } from "./format.ts";
import type { Opened } from "./format.ts";
import type { Tell } from "./problem.ts";
import { maskVariables } from "./variables.ts";
import type { Environment } from "./variables.ts";
import type { Target } from "./workspace.ts";

const validateTarget = compileFormat(targetSchema);

/** One target; undefined, and told, where it cannot be used. */
export function loadTarget(
  file: WorkspaceFile,
  environment: Environment,
  budgets: Budgets,
  tell: Tell,
): Target | undefined {
  const opened = openYaml(file, tell, environment);
  const target = opened && checkFormat<TargetFile>(opened, "target", validateTarget, tell);
  if (opened === undefined || target === undefined) return undefined;
  for (const [name, value] of Object.entries(target.headers)) {
    checkHeader(name, String(value), `/headers${pointerStep(name)}`, "key", opened, tell);
  }
  checkTwice(target, opened, tell);
  if (target.auth?.type === "header")
    checkHeader(target.auth.name, target.auth.value, "/auth/name", "value", opened, tell);
  const url = loadUrl(target.url, opened, budgets, tell);
  return url && { name: file.name, file: showAsWritten(target, opened.document.value), url };
}

/** Hop-by-hop (RFC 9110 § 7.6.1), framing and routing headers, and those that the router sets on every attempt. */
const REFUSED =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|host|content-length|proxy-.*|webhook-id|webhook-timestamp|idempotency-key|traceparent|signalbox-.*)$/i;

function checkHeader(
  name: string,
  value: string,
  pointer: string,
  of: "key" | "value",
  opened: Opened,
  tell: Tell,
): void {
  const place = opened.document.place(pointer, of);
  if (REFUSED.test(name)) {
    tell(
      opened.path,
      place,
      "RULE_HEADER_REFUSED",
      `A target cannot set the header \`${name.toLowerCase()}\`.`,
    );
  } else if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    tell(
      opened.path,
      place,
      "RULE_VALUE_INVALID",
      `\`${pointer}\` must be a header's name (RFC 9110 § 5.1), got other text.`,
    );
  }

  if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)) {
    const fix =
      "Remove line breaks and control characters; a secret read from a file often ends in a line break.";
    tell(
      opened.path,
      place,
      "RULE_VALUE_INVALID",
      `The header \`${name}\` has characters that no header may hold.`,
      fix,
    );
  }
}

/** Header names are told apart without regard to case, and `auth` sets one too. */
function checkTwice({ headers, auth }: TargetFile, opened: Opened, tell: Tell): void {
  const seen = new Map<string, string>();
  if (auth !== undefined)
    seen.set(auth.type === "header" ? auth.name.toLowerCase() : "authorization", "`auth`");
  for (const name of Object.keys(headers)) {
    const other = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), `\`${name}\``);
    if (other === undefined) continue;
    const place = opened.document.place(`/headers${pointerStep(name)}`, "key");
    tell(
      opened.path,
      place,
      "RULE_HEADER_REFUSED",
      `The header \`${name}\` is set by ${other} already.`,
      "Remove one of them.",
    );
  }
}

/** The text as it is written is compiled first: its problems have places, and hold no variable's value. */
function loadUrl(url: string, opened: Opened, budgets: Budgets, tell: Tell): Template | undefined {
  const written = maskVariables(String(valueAt(opened.document.value, "/url")));
  // A variable at the beginning holds the scheme and the host, as is checked below.
  const origin = url.startsWith(written) || /^https?:/i.test(written) ? "" : "https://x/";
  const masked = compileTemplate(origin + written, budgets);
  for (const { code, message, fix, line, column } of masked.ok ? masked.warnings : masked.problems) {
    const inner = { line, column: line === 1 ? Math.max(1, column - origin.length) : column };
    tell(opened.path, opened.document.within("/url", inner), code, message, fix);
  }
  if (!masked.ok) return undefined;
  if (opened.unset.has("/url")) return undefined;
  const compiled = compileTemplate(url, budgets);
  const fault =
    urlFault(url) ?? (compiled.ok ? undefined : "does not parse once its variables are filled in");
  if (fault === undefined && compiled.ok) return compiled.template;
  tell(opened.path, opened.document.place("/url"), "RULE_VALUE_INVALID", `\`/url\` ${fault ?? ""}.`);
  return undefined;
}

/** What is wrong with a URL whose `{{ }}` parts stand for any text; undefined where nothing is. */
function urlFault(url: string): string | undefined {
  const origin = /^https?:\/\/[^/?#{}]+(?=[/?#]|$)/i.exec(url)?.[0];
  if (origin === undefined || !URL.canParse(origin)) {
    return "must be an absolute http(s) URL, with `{{ }}` parts after the host only, got other text";
  }
  const { username, password } = new URL(origin);
  return username + password === "" ? undefined : "must not hold credentials: they belong into `auth`";
}

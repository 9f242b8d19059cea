/** Pages that hold nothing private: that of an error code, and the front door of the operator's side. */
import { errorTable, isErrorCode } from "../core/errors.ts";
import type { Reply } from "../core/reply.ts";

/** No script, no frame, nothing from elsewhere. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:4rem auto;padding:0 1rem;color:#1b1f24;background:#fff}" +
  "code{font:0.95em ui-monospace,monospace;background:#f1f3f5;padding:.1em .3em;border-radius:3px}h1{font-size:1.4rem}" +
  "@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#16181c}code{background:#2a2e35}a{color:#8ab4f8}}";

/** The page of a code of the table; undefined where there is no such code. */
export function errorPage(code: string): Reply | undefined {
  if (!isErrorCode(code)) return undefined;
  const { title, fix, retry, ...rest } = errorTable[code];
  const status = "status" in rest ? ` It is answered with status <code>${String(rest.status)}</code>.` : "";
  const again =
    retry === "later" ? "Trying again later may help." : "Trying again without a change does not help.";
  return htmlPage(
    code,
    `<h1>${escapeHtml(title)}</h1><p><code>${code}</code>.${status}</p><h2>How to mend it</h2><p>${escapeHtml(fix)}</p><p>${again}</p>`,
  );
}

/** The front door where the dashboard was not built: what to do about it. */
export function frontPage(): Reply {
  return htmlPage(
    "Signalbox",
    "<h1>Signalbox</h1><p>The dashboard is not built here. <code>npm run build</code> builds it; then start the router again.</p>" +
      "<p>Everything that it shows is there by the API below <code>/api/v1</code> and by the command line.</p>",
  );
}

/** A page of text without script; `style` is added to that of all pages. */
export function htmlPage(title: string, body: string, style = ""): Reply {
  return {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${STYLE}${style}</style><main>${body}</main></html>`,
  };
}

/** Text for HTML, attributes in double quotes included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The dashboard's files, read once at start: pages by their paths, assets for ever, each as small as the caller can read. */
import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import type { Headers } from "../core/event.ts";
import type { Reply } from "../core/reply.ts";
import { frontPage } from "./page.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".svg": "image/svg+xml",
};

interface File {
  readonly type: string;
  /** Its name holds a hash of what is in it. */
  readonly lasting: boolean;
  readonly plain: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

/** What is asked of the operator's side where no path of the API stands. */
type Asked = Readonly<{ path: string; headers: Headers }>;

/**
 * Answers with the page for the paths that are pages, with a file for its path, and leaves the rest. A browser that goes
 * to no page at all gets the page with status 404, which says so. Where the dashboard was not built, `/` tells how to.
 */
export function dashboardFiles(folder: string): (asked: Asked) => Reply | undefined {
  const files = read(folder);
  const page = files?.get("/index.html");
  if (files === undefined || page === undefined) {
    return ({ path }) => (path === "/" ? frontPage() : undefined);
  }
  const pages = (JSON.parse(readFileSync(join(folder, "pages.json"), "utf8")) as string[]).map(pattern);
  return ({ path, headers }) => {
    const file = files.get(path);
    if (file !== undefined && file !== page) return replyOf(file, 200, headers);
    if (pages.some((one) => one.test(path))) return replyOf(page, 200, headers);
    const shown =
      /\btext\/html\b/.test(headers["accept"] ?? "") && !/^\/(api|docs|assets|queues)(\/|$)/.test(path);
    return shown ? replyOf(page, 404, headers) : undefined;
  };
}

/** All files below the folder by their paths; undefined where it was not built. */
function read(folder: string): ReadonlyMap<string, File> | undefined {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return undefined;
  }
  if (!names.includes("pages.json")) return undefined;
  const there = new Set(names);
  const packed = (name: string): Buffer | undefined =>
    there.has(name) ? readFileSync(join(folder, name)) : undefined;
  const files = new Map<string, File>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = `/${name.replaceAll("\\", "/")}`;
    files.set(path, {
      type,
      lasting: path.startsWith("/assets/"),
      plain: readFileSync(join(folder, name)),
      br: packed(`${name}.br`),
      gzip: packed(`${name}.gz`),
    });
  }
  return files;
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}${path === "/" ? "" : "/?"}$`);
}

function replyOf({ type, lasting, plain, br, gzip }: File, status: number, headers: Headers): Reply {
  const accepted = (headers["accept-encoding"] ?? "").split(",").map((part) => part.trim());
  const takes = (name: string): boolean =>
    accepted.some((part) => part === name || (part.startsWith(`${name};`) && !/;\s*q=0(\.0+)?$/.test(part)));
  const [encoding, body] =
    br !== undefined && takes("br")
      ? ["br", br]
      : gzip !== undefined && takes("gzip")
        ? ["gzip", gzip]
        : [undefined, plain];
  return {
    status,
    headers: {
      "content-type": type,
      "cache-control": lasting
        ? "public, max-age=31536000, immutable"
        : type.startsWith("text/html")
          ? "no-store"
          : "no-cache",
      vary: "accept-encoding",
      ...(encoding !== undefined && { "content-encoding": encoding }),
    },
    body,
  };
}

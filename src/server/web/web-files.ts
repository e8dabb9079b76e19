import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { requestUrl } from "../../common/http.ts";
import type { MountedHandler } from "../http-server.ts";

/** Where the set-up leaves the built page. */
const builtFolder = join(import.meta.dirname, "../../../dist/web/files");
const prefix = "/ui/";
/** Files whose names have a hash of their content never change. */
const foreverCache = "public, max-age=31536000, immutable";
/** The page may run its own scripts, show its own pictures and ask its own server; nothing else. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
};

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  woff2: "font/woff2",
  woff: "font/woff",
  ttf: "font/ttf",
  png: "image/png",
  wasm: "application/wasm",
};

interface WebFile {
  path: string;
  type: string;
  etag: string;
  cache: string;
  /** Endings of the compressed files beside it, by content coding. */
  codings: ReadonlyMap<string, string>;
}

/**
 * The web page at `/ui/`, as it was built when this process began. A browser at `/` is sent there. `onPage` is called when
 * somebody opens it.
 */
export async function createWebFiles(
  folder: string = builtFolder,
  onPage: () => void = () => {},
): Promise<MountedHandler> {
  const files = await listFiles(folder);
  return async (request) => {
    const { pathname } = requestUrl(request);
    const isBrowser = (request.headers.get("accept") ?? "").includes("text/html");
    if (pathname === "/ui" || (pathname === "/" && isBrowser)) {
      return new Response(null, { status: 302, headers: { location: prefix } });
    }
    if (!pathname.startsWith(prefix)) return null;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    }
    const found = files.get(pathname.slice(prefix.length));
    // Any other address below /ui/ is one of the page's own; a missing file of it is not.
    const file =
      found ?? (pathname.startsWith("/ui/assets/") ? undefined : files.get("index.html"));
    if (file && file === files.get("index.html")) onPage();
    if (file) return answer(request, file);
    return new Response(files.size === 0 ? notBuilt : "there is no such file\n", {
      status: files.size === 0 ? 503 : 404,
      headers: { ...pageHeaders, "content-type": "text/plain; charset=utf-8" },
    });
  };
}

const notBuilt = "The web page is not built here: npm start and npm test build it.\n";

async function answer(request: Request, file: WebFile): Promise<Response> {
  const headers: Record<string, string> = {
    ...pageHeaders,
    "content-type": file.type,
    "cache-control": file.cache,
    etag: file.etag,
    vary: "accept-encoding",
  };
  if (request.headers.get("if-none-match") === file.etag) {
    return new Response(null, { status: 304, headers });
  }
  const accepted = request.headers.get("accept-encoding") ?? "";
  const coding = ["br", "gzip"].find((name) => accepted.includes(name) && file.codings.has(name));
  if (coding !== undefined) headers["content-encoding"] = coding;
  const ending = coding === undefined ? "" : (file.codings.get(coding) ?? "");
  const body = await readFile(file.path + ending);
  headers["content-length"] = String(body.byteLength);
  return new Response(request.method === "HEAD" ? null : body, { headers });
}

/** By their path below the folder; none where nothing was built. */
async function listFiles(folder: string): Promise<ReadonlyMap<string, WebFile>> {
  if (!existsSync(folder)) return new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = new Set(
    entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
  );
  const plain = [...paths].filter((path) => !/\.(?:br|gz)$/.test(path));
  const files = await Promise.all(
    plain.map(async (path) => [relative(folder, path), await describeFile(path, paths)] as const),
  );
  return new Map(files);
}

async function describeFile(path: string, paths: ReadonlySet<string>): Promise<WebFile> {
  const { size, mtimeMs } = await stat(path);
  const compressed = [
    ["br", ".br"],
    ["gzip", ".gz"],
  ] as const;
  return {
    path,
    type: types[path.split(".").at(-1) ?? ""] ?? "application/octet-stream",
    etag: `"${size.toString(36)}-${Math.trunc(mtimeMs).toString(36)}"`,
    cache: path.includes("/assets/") ? foreverCache : "no-cache",
    codings: new Map(compressed.filter(([, ending]) => paths.has(path + ending))),
  };
}

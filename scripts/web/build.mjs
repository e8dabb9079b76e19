// The web page's part of the set-up: dist/web as the sources say, built anew only when they changed.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { runQuietly, SetupError } from "../setup/child.mjs";
import { pinnedNode, projectRoot } from "../setup/paths.mjs";

const buildTimeoutMilliseconds = 5 * 60_000;
const outputFolder = join(projectRoot, "dist/web");
const stampPath = join(outputFolder, "built-from");
/** What the page is made of: its own sources, the pure code that it runs, the packages and how it is built. */
const sources = [
  "src/web",
  "src/arm",
  "src/inspection",
  "src/report",
  "scripts/web",
  "package-lock.json",
];
/** Worth compressing; fonts and pictures are compressed already. */
const textPattern = /\.(?:js|css|html|svg|json|map)$/;
const compressedSizeBytesMin = 1_024;
/** The parser of KQL has 8 MB: the best quality would take longer than all else. */
const largeSizeBytesMin = 1_000_000;
const largeQuality = 8;

/** Builds the page when its sources are not those that it was built from. */
export async function ensureWebPage() {
  const sum = sumOfSources();
  if (readIfThere(stampPath) === sum) return;
  rmSync(stampPath, { force: true });
  mkdirSync(outputFolder, { recursive: true });
  const vite = join(projectRoot, "node_modules/vite/bin/vite.js");
  const config = join(projectRoot, "scripts/web/vite.config.mjs");
  const built = await runQuietly(pinnedNode, [vite, "build", "--config", config], {
    what: "building the web page",
    timeoutMilliseconds: buildTimeoutMilliseconds,
    env: { NODE_ENV: "production" },
  });
  if (built.code !== 0)
    throw new SetupError(`${built.output.trim()}\nthe web page could not be built`);
  for (const path of filesBelow(join(outputFolder, "files"))) compress(path);
  writeFileSync(stampPath, sum);
}

/** Beside the file, once for all requests. */
function compress(path) {
  if (!textPattern.test(path) || statSync(path).size < compressedSizeBytesMin) return;
  const bytes = readFileSync(path);
  const quality = bytes.length > largeSizeBytesMin ? largeQuality : constants.BROTLI_MAX_QUALITY;
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    [constants.BROTLI_PARAM_QUALITY]: quality,
  };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

function sumOfSources() {
  const hash = createHash("sha256");
  for (const source of sources) {
    const path = join(projectRoot, source);
    const files = statSync(path).isDirectory() ? filesBelow(path) : [path];
    for (const file of files)
      hash.update(`${file.slice(projectRoot.length)}\n`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

// What is deployed to Azure: the function app's files, and the ZIP archive of them.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../setup/paths.mjs";
import { bundleFunction } from "./bundle.mjs";
import { thirdPartyLicences } from "./licences.mjs";
import { zipArchive } from "./zip.mjs";

export const archiveName = "nightcap-function.zip";
/** Node versions of Azure Functions 4.x that are not at their end; deploy/azure offers the same. */
const engines = { node: ">=22" };

/** HTTP functions need no extension bundle; the route prefix is the documents' own. */
const host = {
  version: "2.0",
  extensions: { http: { routePrefix: "api" } },
  logging: { logLevel: { default: "Information" } },
};

/** Writes `directory/app` and `directory/nightcap-function.zip`; two runs write the same bytes. */
export async function packageFunction(directory) {
  const files = await makeFiles();
  const app = join(directory, "app");
  await rm(app, { recursive: true, force: true });
  await mkdir(app, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(app, name), bytes);
  const archive = zipArchive(files);
  await writeFile(join(directory, archiveName), archive);
  const sizes = Object.entries(files).map(([name, { length }]) => [name, length]);
  return { app, sizesBytes: Object.fromEntries([...sizes, [archiveName, archive.length]]) };
}

async function makeFiles() {
  const { version, license } = JSON.parse(await readFile(join(projectRoot, "package.json")));
  const { code, map, modules } = await bundleFunction();
  const manifest = { name: "nightcap-function", version, private: true, license, main: "main.js" };
  return {
    "host.json": json(host),
    "package.json": json({ ...manifest, engines }),
    "main.js": Buffer.from(code),
    "main.js.map": Buffer.from(map),
    LICENSE: await readFile(join(projectRoot, "LICENSE")),
    "THIRD-PARTY-LICENSES.txt": Buffer.from(thirdPartyLicences(modules)),
  };
}

const json = (value) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

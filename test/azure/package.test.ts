import { readFile, readdir } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadScript } from "../scripts/load-script.ts";
import { makePackage } from "./package.ts";

type Package = Awaited<ReturnType<typeof makePackage>>;
let first: Package;
let second: Package;

beforeAll(async () => {
  first = await makePackage();
  second = await makePackage();
}, 60_000);

afterAll(() => Promise.all([first.remove(), second.remove()]));

const read = (name: string) => readFile(join(first.app, name), "utf8");
const archive = (made: Package) => readFile(join(made.directory, "nightcap-function.zip"));

test("the app is the files that Azure's host reads, and nothing else", async () => {
  expect((await readdir(first.app)).toSorted()).toEqual([
    "LICENSE",
    "THIRD-PARTY-LICENSES.txt",
    "host.json",
    "main.js",
    "main.js.map",
    "package.json",
  ]);
  expect(JSON.parse(await read("host.json"))).toMatchObject({ version: "2.0" });
  expect(JSON.parse(await read("package.json"))).toMatchObject({
    main: "main.js",
    engines: { node: ">=22" },
  });
});

test("two runs give the same archive, byte for byte", async () => {
  expect((await archive(first)).equals(await archive(second))).toBe(true);
});

test("the code needs nothing but Node's own modules and the host's", async () => {
  const code = await read("main.js");
  const required = Array.from(
    code.matchAll(/\brequire\("([^"]+)"\)/g),
    ([, name]): string => name ?? "",
  );
  const others = new Set(
    required.filter((name) => !name.startsWith("node:") && !builtinModules.includes(name)),
  );
  // `debug` looks for supports-color, and goes on without it.
  expect(others).toEqual(new Set(["@azure/functions-core", "supports-color"]));
  expect(code).not.toMatch(/require\([^)]*\.node"\)|node:sqlite|BEGIN (RSA |EC )?PRIVATE KEY/);
});

test("no path of this machine, no test and no store of ours is in it", async () => {
  const map = JSON.parse(await read("main.js.map")) as { sources: string[] };
  const own = map.sources.filter((source) => !source.startsWith("nightcap/node_modules/"));
  const folders = new Set(own.map((source) => source.split("/").slice(0, 3).join("/")));
  expect([...folders].toSorted()).toEqual([
    "nightcap/src/alert",
    "nightcap/src/arm",
    "nightcap/src/common",
    "nightcap/src/incident",
    "nightcap/src/metric",
    "nightcap/src/responder",
  ]);
  expect(await read("main.js")).not.toContain(process.cwd());
});

test("each npm package in the code has its licence text beside it", async () => {
  const map = JSON.parse(await read("main.js.map")) as { sources: string[] };
  const licences = await read("THIRD-PARTY-LICENSES.txt");
  const names = map.sources.flatMap(
    (source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [],
  );
  expect(names.length).toBeGreaterThan(100);
  const missing = new Set(names.filter((name) => !new RegExp(`^${name} \\d`, "m").test(licences)));
  expect([...missing]).toEqual([]);
  expect(licences).not.toContain("holds no licence text");
});

test("the archive holds the same bytes, whole", async () => {
  const bytes = await archive(first);
  const { zipArchive } = await loadScript<{
    zipArchive: (files: Record<string, Buffer>) => Buffer;
  }>("azure/zip.mjs");
  const files: Record<string, Buffer> = {};
  for (const name of await readdir(first.app)) files[name] = await readFile(join(first.app, name));
  expect(zipArchive(files).equals(bytes)).toBe(true);
  // The first local header: 30 bytes, the name, then the deflated content.
  const nameLength = bytes.readUInt16LE(26);
  const content = bytes.subarray(30 + nameLength, 30 + nameLength + bytes.readUInt32LE(18));
  expect(inflateRawSync(content).toString()).toBe(await read("LICENSE"));
});

// Starts of the engine that are not like the others: without its package, and by two processes at once.
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, expect, test } from "vitest";
import { openFlowEngine } from "../../src/flowstore/engine.ts";
import { migrations } from "../../src/flowstore/schema/migrations.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";

const root = mkdtempSync(join(tmpdir(), "nightcap-start-"));
const nodeOptions = process.env["NODE_OPTIONS"];

afterEach(() => {
  if (nodeOptions === undefined) delete process.env["NODE_OPTIONS"];
  else process.env["NODE_OPTIONS"] = nodeOptions;
});

afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

/** Lets processes that start from now on fail to resolve a package, as Node does where there is none. */
function takePackageAway(pattern: string): void {
  const path = join(root, "without.mjs");
  writeFileSync(
    path,
    `import { registerHooks } from "node:module";
     registerHooks({
       resolve(name, context, next) {
         if (!${pattern}.test(name)) return next(name, context);
         const code = context.conditions.includes("require") ? "MODULE_NOT_FOUND" : "ERR_MODULE_NOT_FOUND";
         throw Object.assign(new Error("Cannot find package '" + name + "'"), { code });
       },
     });`,
  );
  process.env["NODE_OPTIONS"] = `--import=${pathToFileURL(path).href}`;
}

test.each([
  ["the package", "/^chdb$/"],
  ["its library for this platform", "/^@chdb\\//"],
])("without %s the error says what to install, and what to do else", async (_, pattern) => {
  takePackageAway(pattern);
  const directory = join(root, `missing-${pattern.length}`);
  await expect(openFlowEngine(flowStoreSettings.parse({ directory }))).rejects.toMatchObject({
    code: "ToolMissing",
    message: expect.stringMatching(
      /^the flow engine is not installed: run "npm install chdb", or name a ClickHouse server with --clickhouse URL \(/,
    ) as unknown,
  });
});

test("two processes that start at once share one engine, and each finds all tables", async () => {
  const directory = join(root, "shared");
  const script = join(root, "open.ts");
  const engineModule = JSON.stringify(
    new URL("../../src/flowstore/engine.ts", import.meta.url).href,
  );
  const settingsModule = JSON.stringify(
    new URL("../../src/flowstore/settings.ts", import.meta.url).href,
  );
  writeFileSync(
    script,
    `import { openFlowEngine } from ${engineModule};
     import { flowStoreSettings } from ${settingsModule};
     const engine = await openFlowEngine(flowStoreSettings.parse({ directory: process.argv[2], idleSeconds: 20 }));
     const sql = "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name";
     const tables = await engine.rows({ sql });
     process.stdout.write(JSON.stringify({ tables: tables.map(({ name }) => name) }));
     await engine.close();`,
  );
  const run = async (): Promise<string[]> => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, directory]);
    return (JSON.parse(stdout) as { tables: string[] }).tables;
  };
  const [first, second] = await Promise.all([run(), run()]);
  expect(first).toEqual(second);
  const engine = await openFlowEngine(flowStoreSettings.parse({ directory }));
  // Each step may be recorded by both, and none is left out.
  const applied = await engine.rows<{ number: number }>({
    sql: "SELECT DISTINCT number FROM schema_version ORDER BY number",
  });
  expect(applied.map(({ number }) => number)).toEqual(migrations.map(({ number }) => number));
  await engine.stop();
  await engine.close();
});

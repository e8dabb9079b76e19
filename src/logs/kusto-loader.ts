import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";
import type { KustoLibrary } from "../query/syntax/kusto-library.ts";

/**
 * Loads Microsoft's parser. It is C# made into scripts that put themselves on the global object, so they
 * are run as scripts, once in a thread; that takes a fifth of a second and 60 MB.
 */
export async function loadKusto(): Promise<KustoLibrary> {
  const loaded = loadedLibrary();
  if (loaded) return loaded;
  const require = createRequire(import.meta.url);
  const scripts = ["bridge.min.js", "Kusto.Language.Bridge.min.js"].map((name) =>
    require.resolve(`@kusto/language-service-next/${name}`),
  );
  for (const path of scripts) runInThisContext(await readFile(path, "utf8"), { filename: path });
  const library = loadedLibrary();
  if (!library) throw new Error("the parser of KQL did not load");
  return library;
}

function loadedLibrary(): KustoLibrary | undefined {
  const namespace: unknown = Reflect.get(globalThis, "Kusto");
  return (namespace as { Language?: KustoLibrary } | undefined)?.Language;
}

// One file of JavaScript from the function's source, with all that it needs of npm in it.
import { builtinModules } from "node:module";
import { relative } from "node:path";
import { rolldown } from "rolldown";
import { projectRoot } from "../setup/paths.mjs";

const entry = "src/responder/azure-main.ts";
/** Azure's worker puts this module in place when it loads the app; npm has none of that name. */
const hostModule = "@azure/functions-core";
/** Built in, but a function app has no disk of its own to keep a database on. */
const unwantedModules = new Set(["sqlite", "node:sqlite"]);

/** Bundles the function; gives the code, its source map, and the files of npm packages that went in. */
export async function bundleFunction() {
  const complaints = [];
  const bundle = await rolldown({
    cwd: projectRoot,
    input: entry,
    platform: "node",
    external: [hostModule],
    // Paths as the checkout shows them, whether node_modules is a directory or a link to one.
    resolve: { symlinks: false },
    transform: { target: "node22" },
    onLog: (_level, { code, message }) => complaints.push(`${code}: ${message}`),
  });
  const { output } = await bundle.generate({
    file: "main.js",
    format: "cjs",
    codeSplitting: false,
    sourcemap: true,
    sourcemapPathTransform: (source) => `nightcap/${source.replace(/^(\.\.\/)+/, "")}`,
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await bundle.close();
  if (complaints.length > 0) throw new Error(`bundling:\n${complaints.join("\n")}`);
  const [chunk, ...others] = output;
  const map = others.find(({ fileName }) => fileName === "main.js.map");
  if (others.length !== 1 || map === undefined) throw new Error("more than one file of code");
  // What was imported when needed is in the same file now, and imports that.
  const imports = [...chunk.imports, ...chunk.dynamicImports];
  checkImports(imports.filter((name) => name !== chunk.fileName));
  const modules = chunk.moduleIds.filter((id) => !id.startsWith("\0"));
  return {
    code: chunk.code,
    map: map.source,
    modules: modules.map((id) => relative(projectRoot, id.split("?")[0])),
  };
}

function checkImports(imports) {
  const allowed = (name) =>
    name === hostModule || name.startsWith("node:") || builtinModules.includes(name);
  const wrong = imports.filter((name) => !allowed(name) || unwantedModules.has(name));
  if (wrong.length > 0) throw new Error(`the bundle would import ${wrong.join(", ")}`);
}

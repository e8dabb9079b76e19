// Lets Node run the TypeScript of an installed package: `node --import .../register-types.mjs`.
// Node strips types by itself, but refuses to below node_modules, which is where `npm install` puts
// Nightcap. This hook does the same with Node's own stripper for the files of this package alone.
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

const sources = new URL("../src/", import.meta.url).href;
const warning = "stripTypeScriptTypes is an experimental feature";
const emitWarning = process.emitWarning.bind(process);

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(sources) || !url.endsWith(".ts")) return nextLoad(url, context);
    const source = strip(readFileSync(fileURLToPath(url), "utf8"));
    return { format: "module", source, shortCircuit: true };
  },
});

/** Strips without Node's warning, which would be the first line of every command's output. */
function strip(text) {
  process.emitWarning = (message, ...rest) => {
    if (!String(message).startsWith(warning)) emitWarning(message, ...rest);
  };
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

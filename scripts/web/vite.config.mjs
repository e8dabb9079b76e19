// How the web page is built: from src/web into dist/web, below /ui/ of the control plane.
import { join } from "node:path";
import { defineConfig } from "vite";
import { projectRoot } from "../setup/paths.mjs";
import { monacoUnderPolicy } from "./monaco.mjs";

/**
 * What the first page needs comes in one file: left alone, whatever two pages share is a file of its own, and a first
 * visit over HTTP/1.1 would wait for 30 of them, six at a time.
 */
const firstPage = [{ name: "first", tags: ["$initial"] }];

export default defineConfig({
  root: join(projectRoot, "src/web"),
  base: "/ui/",
  logLevel: "warn",
  plugins: [monacoUnderPolicy()],
  build: {
    outDir: join(projectRoot, "dist/web/files"),
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0, // the content security policy takes no data: scripts or fonts
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: { codeSplitting: { groups: firstPage } },
      // Says where server rendering begins; there is none here.
      onLog: (level, log, print) => log.code !== "MODULE_LEVEL_DIRECTIVE" && print(level, log),
    },
  },
  worker: { format: "es", plugins: () => [monacoUnderPolicy()] },
});

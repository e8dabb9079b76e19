/** The editor with all its features and without languages; the package has no types of its own for it. */
declare module "monaco-editor/esm/vs/editor/edcore.main" {
  export * from "monaco-editor/esm/vs/editor/editor.api";
}

import type { editor } from "monaco-editor/esm/vs/editor/editor.api";

/** The editor in the colours of the page's theme, as they are now. */
export function themeOf(root: HTMLElement): editor.IStandaloneThemeData {
  const style = getComputedStyle(root);
  const colour = (name: string): string => sixDigits(style.getPropertyValue(`--${name}`).trim());
  const isPaper = root.dataset["theme"] === "paper";
  const raised = colour("surface-raised");
  const line = colour("line-strong");
  const chosen = `${colour("lamp")}33`;
  return {
    base: isPaper ? "vs" : "vs-dark",
    inherit: true,
    rules: [{ token: "", foreground: colour("ink").slice(1) }],
    colors: {
      foreground: colour("ink"),
      focusBorder: colour("lamp"),
      "editor.background": colour("ground-deep"),
      "editor.foreground": colour("ink"),
      "editorLineNumber.foreground": colour("ink-faint"),
      "editorLineNumber.activeForeground": colour("ink"),
      "editorCursor.foreground": colour("lamp"),
      "editor.selectionBackground": `${colour("lamp")}40`,
      "editor.lineHighlightBackground": `${colour("surface")}80`,
      "editor.lineHighlightBorder": "#00000000",
      "editorError.foreground": colour("bad"),
      "editorWarning.foreground": colour("warn"),
      "editorWidget.background": raised,
      "editorWidget.foreground": colour("ink"),
      "editorWidget.border": line,
      "editorHoverWidget.background": raised,
      "editorHoverWidget.foreground": colour("ink"),
      "editorHoverWidget.border": line,
      "editorSuggestWidget.background": raised,
      "editorSuggestWidget.foreground": colour("ink"),
      "editorSuggestWidget.border": line,
      "editorSuggestWidget.selectedBackground": chosen,
      "editorSuggestWidget.selectedForeground": colour("ink"),
      "editorSuggestWidget.highlightForeground": colour("lamp"),
      "editorSuggestWidget.focusHighlightForeground": colour("lamp"),
      "list.hoverBackground": colour("surface"),
      "quickInput.background": raised,
      "quickInput.foreground": colour("ink"),
      "menu.background": raised,
      "menu.foreground": colour("ink"),
      "menu.selectionBackground": chosen,
      "menu.selectionForeground": colour("ink"),
      "input.background": colour("ground-deep"),
      "input.foreground": colour("ink"),
      "textLink.foreground": colour("signal"),
      "scrollbarSlider.background": `${colour("ink-faint")}55`,
    },
  };
}

/** The build shortens colours; the editor, which adds how much shines through, takes whole ones only. */
const sixDigits = (colour: string): string =>
  colour.length === "#abc".length ? colour.replaceAll(/[\da-f]/gi, "$&$&") : colour;

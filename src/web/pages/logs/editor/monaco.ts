// Monaco with KQL in it: some megabytes, which only the page of logs fetches. The features come first: what
// makes the first use of the editor's services closes the list of them.
import * as monaco from "monaco-editor/esm/vs/editor/edcore.main";
// oxlint-disable-next-line import/default -- Vite makes a worker of it
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker?worker";
import { getKustoWorker, kustoDefaults } from "@kusto/monaco-kusto";
// oxlint-disable-next-line import/default -- Vite makes a worker of it
import KustoWorker from "@kusto/monaco-kusto/release/esm/kusto.worker?worker";
import type { LogsMetadata } from "../../../api/logs.ts";
import type { EditorControls, Problem } from "./controls.ts";
import "./kql-colours.css";
import { kustoSchema } from "./kusto-schema.ts";
import { themeOf } from "./theme.ts";

self.MonacoEnvironment = {
  getWorker: (_id, label) => (label === "kusto" ? new KustoWorker() : new EditorWorker()),
};
kustoDefaults.setLanguageSettings({
  ...kustoDefaults.languageSettings,
  includeControlCommands: false,
  formatter: { indentationSize: 4, pipeOperatorStyle: "Smart" },
});

export interface OpenEditor {
  readonly controls: EditorControls;
  setText(text: string): void;
  setProblems(problems: readonly Problem[]): void;
  /** Completes from these tables, and offers no name that is refused. */
  setSchema(metadata: LogsMetadata, refused: readonly string[]): void;
  close(): void;
}

export interface EditorEvents {
  readonly onText: (text: string) => void;
  readonly onRun: () => void;
}

const themeName = "nightcap";
const markerOwner = "nightcap";

/** Opens an editor of KQL in the element, which it fills. */
export function openKqlEditor(
  element: HTMLElement,
  options: { readonly text: string; readonly label: string } & EditorEvents,
): OpenEditor {
  const themes = followTheme();
  const model = monaco.editor.createModel(options.text, "kusto");
  const editor = monaco.editor.create(element, {
    ...editorOptions(),
    model,
    ariaLabel: options.label,
  });
  const { Enter } = monaco.KeyCode;
  const { CtrlCmd, Shift } = monaco.KeyMod;
  for (const keys of [Shift | Enter, CtrlCmd | Enter]) editor.addCommand(keys, options.onRun);
  model.onDidChangeContent(() => options.onText(model.getValue()));
  return {
    controls: controlsOf(editor, model),
    setText(text) {
      if (text === model.getValue()) return;
      editor.executeEdits("page", [{ range: model.getFullModelRange(), text }]);
      editor.pushUndoStop();
    },
    setProblems: (problems) =>
      monaco.editor.setModelMarkers(model, markerOwner, problems.map(markerOf)),
    setSchema(metadata, refused) {
      withhold(refused);
      void giveSchema(metadata, model.uri);
    },
    close() {
      themes.disconnect();
      editor.dispose();
      model.dispose();
    },
  };
}

type Editor = ReturnType<typeof monaco.editor.create>;
type Model = ReturnType<typeof monaco.editor.createModel>;

function controlsOf(editor: Editor, model: Model): EditorControls {
  return {
    insert(text) {
      const range = editor.getSelection() ?? model.getFullModelRange();
      editor.executeEdits("page", [{ range, text, forceMoveMarkers: true }]);
      editor.pushUndoStop();
      editor.focus();
    },
    goTo({ line, column }) {
      editor.setPosition({ lineNumber: line, column });
      editor.revealPositionInCenterIfOutsideViewport({ lineNumber: line, column });
      editor.focus();
    },
    selection() {
      const selected = editor.getSelection();
      return selected ? model.getValueInRange(selected) : "";
    },
    format: () => void editor.getAction("editor.action.formatDocument")?.run(),
  };
}

const markerOf = ({ message, line, column, length }: Problem) => ({
  severity: monaco.MarkerSeverity.Error,
  message,
  startLineNumber: line,
  startColumn: column,
  endLineNumber: line,
  endColumn: column + Math.max(1, length),
});

/** The worker begins anew with other settings, so that they are set but once. */
function withhold(refused: readonly string[]): void {
  const { disabledCompletionItems = [], ...settings } = kustoDefaults.languageSettings;
  if (disabledCompletionItems.join() === refused.join()) return;
  kustoDefaults.setLanguageSettings({ ...settings, disabledCompletionItems: [...refused] });
}

async function giveSchema(metadata: LogsMetadata, uri: Model["uri"]): Promise<void> {
  const accessor = await getKustoWorker();
  const worker = await accessor(uri);
  await worker.setSchema(kustoSchema(metadata));
}

/** The page's theme, now and whenever it changes. */
function followTheme(): MutationObserver {
  const root = document.documentElement;
  const apply = (): void => {
    monaco.editor.defineTheme(themeName, themeOf(root));
    monaco.editor.setTheme(themeName);
  };
  const observer = new MutationObserver(apply);
  observer.observe(root, { attributeFilter: ["data-theme"] });
  apply();
  return observer;
}

const editorOptions = () => ({
  theme: themeName,
  automaticLayout: true,
  // Menus in a shadow tree would need a style element of their own.
  useShadowDOM: false,
  fixedOverflowWidgets: true,
  fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--mono"),
  fontSize: 13,
  lineHeight: 20,
  lineNumbersMinChars: 3,
  lineDecorationsWidth: 8,
  folding: false,
  glyphMargin: false,
  minimap: { enabled: false },
  overviewRulerLanes: 0,
  padding: { top: 10, bottom: 10 },
  scrollBeyondLastLine: false,
  scrollbar: { alwaysConsumeMouseWheel: false },
  stickyScroll: { enabled: false },
  wordWrap: "on" as const,
  wordBasedSuggestions: "off" as const,
  occurrencesHighlight: "off" as const,
  codeLens: false,
  suggest: { preview: false, showStatusBar: false },
});

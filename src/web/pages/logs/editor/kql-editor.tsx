import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogsMetadata } from "../../../api/logs.ts";
import { Notice } from "../../../parts/notice.tsx";
import type { EditorProps } from "./controls.ts";
import css from "./editor.module.css";
import type { OpenEditor } from "./monaco.ts";
import { PlainEditor } from "./plain-editor.tsx";

/** What is completed, and what is not offered; not known yet where it is missing. */
export interface EditorLanguage {
  readonly metadata: LogsMetadata | undefined;
  readonly refused: readonly string[] | null;
}

/** An editor that knows KQL and the tables; a text area while it is fetched, and where it cannot be. */
export function KqlEditor({
  metadata,
  refused,
  ...props
}: EditorProps & EditorLanguage): React.ReactNode {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [editor, setEditor] = useState<OpenEditor | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    return openLater(element, latest, { setEditor, setFailure });
  }, []);
  const { text, problems, control } = props;
  useEffect(() => editor?.setText(text), [editor, text]);
  useEffect(() => editor?.setProblems(problems), [editor, problems]);
  useEffect(() => {
    if (metadata && refused) editor?.setSchema(metadata, refused);
  }, [editor, metadata, refused]);
  useEffect(() => {
    if (!editor) return undefined;
    control(editor.controls);
    return () => control(null);
  }, [editor, control]);
  return (
    <>
      {failure !== null && <Notice kind="warn" title={t("logs.noEditor")} text={failure} />}
      {!editor && <PlainEditor {...props} />}
      <div className={css["frame"]} hidden={!editor} ref={place} />
    </>
  );
}

/** Fetches the editor and opens it; gives how to end that. */
function openLater(
  element: HTMLElement,
  latest: React.RefObject<EditorProps>,
  {
    setEditor,
    setFailure,
  }: { setEditor: (editor: OpenEditor | null) => void; setFailure: (why: string) => void },
): () => void {
  let isOver = false;
  let opened: OpenEditor | null = null;
  const open = async (): Promise<void> => {
    const { openKqlEditor } = await import("./monaco.ts");
    if (isOver) return;
    const { text, label } = latest.current;
    opened = openKqlEditor(element, {
      text,
      label,
      onText: (next) => latest.current.change(next),
      onRun: () => latest.current.run(),
    });
    setEditor(opened);
  };
  open().catch((error: unknown) => setFailure(String(error)));
  return () => {
    isOver = true;
    opened?.close();
    setEditor(null);
  };
}

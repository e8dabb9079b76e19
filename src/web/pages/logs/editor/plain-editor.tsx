import { useEffect, useRef } from "react";
import css from "./editor.module.css";
import type { EditorProps } from "./controls.ts";

/** A text area: nothing is completed or coloured, and every key does what it does everywhere. */
export function PlainEditor(props: EditorProps): React.ReactNode {
  const { text, change, run, control, label, hintId, problems } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = area.current;
    if (!element) return undefined;
    control(controlsOf(element));
    return () => control(null);
  }, [control]);
  return (
    <textarea
      ref={area}
      className={css["plain"]}
      aria-label={label}
      aria-describedby={hintId}
      aria-invalid={problems.length > 0}
      rows={9}
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      value={text}
      onChange={({ target }) => change(target.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey)) return;
        event.preventDefault();
        run();
      }}
    />
  );
}

const controlsOf = (area: HTMLTextAreaElement) => ({
  insert(text: string) {
    area.focus();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  },
  goTo({ line, column }: { line: number; column: number }) {
    const before = area.value.split("\n").slice(0, line - 1);
    const offset = before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
    area.focus();
    area.setSelectionRange(offset, offset);
  },
  selection: () => area.value.slice(area.selectionStart, area.selectionEnd),
});

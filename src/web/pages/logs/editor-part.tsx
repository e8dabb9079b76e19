import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { EditorProps, Problem } from "./editor/controls.ts";
import { type EditorLanguage, KqlEditor } from "./editor/kql-editor.tsx";
import { PlainEditor } from "./editor/plain-editor.tsx";
import { ProblemList } from "./problem-list.tsx";
import css from "./logs.module.css";

const storageKey = "nightcap.logs.plain";

/** The query, in an editor or in a text area, how its keys work, and what is wrong with it. */
export function EditorPart({
  metadata,
  refused,
  goTo,
  ...props
}: Omit<EditorProps, "label" | "hintId"> &
  EditorLanguage & {
    goTo: (problem: Problem) => void;
  }): React.ReactNode {
  const { t } = useTranslation();
  const hintId = useId();
  const [isPlain, setPlain] = useState(() => localStorage.getItem(storageKey) === "1");
  const choose = (next: boolean): void => {
    localStorage.setItem(storageKey, next ? "1" : "0");
    setPlain(next);
  };
  const all = { ...props, label: t("logs.query"), hintId };
  return (
    <div className={css["editor"]}>
      {isPlain ? (
        <PlainEditor {...all} />
      ) : (
        <KqlEditor {...all} metadata={metadata} refused={refused} />
      )}
      <div className={css["keys"]}>
        <p id={hintId}>{t(isPlain ? "logs.plainHint" : "logs.editorHint")}</p>
        <label>
          <input
            type="checkbox"
            checked={isPlain}
            onChange={({ target }) => choose(target.checked)}
          />
          {t("logs.plain")}
        </label>
      </div>
      <ProblemList problems={props.problems} goTo={goTo} />
    </div>
  );
}

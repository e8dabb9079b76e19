import { useTranslation } from "react-i18next";
import { Field } from "../../../parts/field.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { TextArea } from "../../../parts/text-area.tsx";
import css from "../settings.module.css";
import { errorAt } from "./target-draft.ts";
import type { TargetParts } from "./target-form.tsx";

/** Its own words in place of the usual ones. */
export function WordFields({ draft, change, errors }: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("targetForm.words")}>
      <div className={css["columns"]}>
        <Field
          label={t("targetForm.subject")}
          value={draft.subject}
          maxLength={500}
          placeholder="{title}"
          error={errorAt(errors, "subject")}
          onChange={({ target }) => change({ subject: target.value })}
        />
        <div className={css["wide"]}>
          <TextArea
            label={t("targetForm.text")}
            value={draft.text}
            maxLength={8_000}
            placeholder={"{answer}\n{facts}\n{links}"}
            hint={t("targetForm.wordsHint")}
            error={errorAt(errors, "text")}
            onChange={({ target }) => change({ text: target.value })}
          />
        </div>
      </div>
    </Panel>
  );
}

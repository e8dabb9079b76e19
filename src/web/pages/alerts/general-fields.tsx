import { useTranslation } from "react-i18next";
import { Field } from "../../parts/field.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import css from "./alerts.module.css";
import { Choice } from "../../parts/choice.tsx";
import type { DraftParts } from "./rule-form.tsx";

const severities = ["0", "1", "2", "3", "4"] as const;

/** Its name, how much it matters, and how its alerts end. */
export function GeneralFields({
  draft,
  change,
  errors,
  name,
  rename,
}: DraftParts & {
  name: string;
  /** Null: a rule that is there keeps its name. */
  rename: ((name: string) => void) | null;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("alertForm.general")}>
      <div className={css["columns"]}>
        <Field
          label={t("column.name")}
          value={name}
          required
          maxLength={256}
          readOnly={rename === null}
          error={errors["name"]}
          onChange={({ target }) => rename?.(target.value)}
        />
        <Select
          label={t("alerts.severity")}
          value={String(draft.severity) as (typeof severities)[number]}
          choices={severities.map((value) => ({
            value,
            words: `${t("severity.short", { value })} ${t(`severity.${value}`)}`,
          }))}
          choose={(value) => change({ ...draft, severity: Number(value) })}
          hint={t("alertHint.severity")}
        />
        <Field
          label={t("alertForm.description")}
          value={draft.description ?? ""}
          maxLength={4_096}
          error={errors["description"]}
          hint={t("alertHint.description")}
          onChange={({ target }) => change({ ...draft, description: target.value })}
        />
        <div>
          <Choice
            label={t("alertForm.enabled")}
            isChosen={draft.enabled}
            choose={(enabled) => change({ ...draft, enabled })}
          />
          <Choice
            label={t("alertForm.autoMitigate")}
            isChosen={draft.autoMitigate ?? true}
            choose={(autoMitigate) => change({ ...draft, autoMitigate })}
          />
          <p className={css["small"]}>{t("alertHint.autoMitigate")}</p>
        </div>
      </div>
    </Panel>
  );
}

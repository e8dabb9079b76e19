import { useTranslation } from "react-i18next";
import { messageKinds } from "../../../api/notification-targets.ts";
import { Choices } from "../../../parts/choice.tsx";
import { Field } from "../../../parts/field.tsx";
import { Panel } from "../../../parts/panel.tsx";
import css from "../settings.module.css";
import { errorAt } from "./target-draft.ts";
import type { TargetParts } from "./target-form.tsx";

const severities = [0, 1, 2, 3, 4] as const;

/** Azure's severities by number and word, for several to choose from. */
export function useSeverities(): { value: number; words: string }[] {
  const { t } = useTranslation();
  return severities.map((value) => ({
    value,
    words: `${t("severity.short", { value })} ${t(`severity.${value}`)}`,
  }));
}

/** Which messages it gets. */
export function RouteFields({ draft, change, errors }: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("targetForm.routes")}>
      <div className={css["columns"]}>
        <div className={css["wide"]}>
          <Choices
            legend={t("targetForm.severities")}
            hint={t("targetForm.noneIsAll")}
            choices={useSeverities()}
            chosen={draft.severities}
            choose={(chosen) => change({ severities: chosen })}
          />
        </div>
        <div className={css["wide"]}>
          <Choices
            legend={t("targetForm.kinds")}
            hint={t("targetForm.noneIsAll")}
            choices={messageKinds.map((value) => ({ value, words: t(`messageKind.${value}`) }))}
            chosen={draft.kinds}
            choose={(kinds) => change({ kinds })}
          />
        </div>
        <Field
          label={t("targetForm.hosts")}
          value={draft.hosts}
          placeholder="web-*, db-1"
          hint={t("targetForm.patterns")}
          error={errorAt(errors, "routes.hosts")}
          onChange={({ target }) => change({ hosts: target.value })}
        />
        <Field
          label={t("targetForm.rules")}
          value={draft.rules}
          hint={t("targetForm.patterns")}
          error={errorAt(errors, "routes.rules")}
          onChange={({ target }) => change({ rules: target.value })}
        />
      </div>
    </Panel>
  );
}

import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { AlertModification } from "../../api/alert-states.ts";
import { Moment } from "../../parts/moment.tsx";
import css from "./alerts.module.css";
import { nameOf } from "./names.ts";

/** Each change of an alert: when, what, who and why. */
export function AlertHistory({
  modifications,
}: {
  modifications: readonly AlertModification[];
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <ol className={css["history"]} aria-label={t("alertPart.history")}>
      {modifications.map((each, at) => (
        <li key={`${each.modifiedAt} ${each.modificationEvent} ${String(at)}`}>
          <Moment time={each.modifiedAt} />
          <span>
            <b>{changeWords(each, t)}</b>
            <span className={css["small"]}>{each.modifiedBy}</span>
            {each.comments !== "" && <q>{each.comments}</q>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function changeWords(
  { modificationEvent, newValue, details }: AlertModification,
  t: TFunction,
): string {
  if (modificationEvent === "AlertCreated") return t("alertCondition.Fired");
  if (modificationEvent === "ActionsTriggered") {
    return t("alertResponse.called", { group: nameOf(details?.actionGroup?.actionGroupId ?? "") });
  }
  return modificationEvent === "StateChange"
    ? t(`alertResponse.${newValue}`)
    : t(`alertCondition.${newValue}`);
}

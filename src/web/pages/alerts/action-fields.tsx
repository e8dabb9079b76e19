import { useTranslation } from "react-i18next";
import { useActionGroups } from "../../api/action-groups.ts";
import { actionGroupsOf } from "../../api/alert-rules.ts";
import { Panel } from "../../parts/panel.tsx";
import css from "./alerts.module.css";
import { Choice } from "../../parts/choice.tsx";
import { nameOf } from "./names.ts";
import { withActionGroups } from "./rule-draft.ts";
import type { DraftParts } from "./rule-form.tsx";

/** Whom the rule tells. */
export function ActionFields({ draft, change, errors }: DraftParts): React.ReactNode {
  const { t } = useTranslation();
  const { data: groups = [] } = useActionGroups();
  const chosen = actionGroupsOf(draft);
  const has = (id: string): boolean =>
    chosen.some((each) => each.toLowerCase() === id.toLowerCase());
  const known = groups.map(({ id }) => id);
  const gone = chosen.filter(
    (id) => !known.some((each) => each.toLowerCase() === id.toLowerCase()),
  );
  return (
    <Panel title={t("alertPart.groups")}>
      <div className={css["columns"]}>
        <fieldset className={`${css["choices"]} ${css["wide"]}`}>
          <legend>{t("alertHint.groups")}</legend>
          {[...known, ...gone].map((id) => (
            <Choice
              key={id}
              label={nameOf(id)}
              isChosen={has(id)}
              choose={(isChosen) =>
                change(
                  withActionGroups(
                    draft,
                    isChosen ? [...chosen, id] : chosen.filter((each) => each !== id),
                  ),
                )
              }
            />
          ))}
          {known.length + gone.length === 0 && (
            <span className={css["small"]}>{t("alerts.noGroups")}</span>
          )}
        </fieldset>
        {errors["actions"] !== undefined && <p className={css["error"]}>{errors["actions"]}</p>}
      </div>
    </Panel>
  );
}

import { useTranslation } from "react-i18next";
import { useNotificationTargets, writeTargetsAction } from "../../api/notification-targets.ts";
import { useParameters } from "../../parts/address.ts";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import css from "./settings.module.css";
import { LettersPanel } from "./targets/letters-panel.tsx";
import { TargetForm } from "./targets/target-form.tsx";
import { TargetTable } from "./targets/target-table.tsx";

/** Stands in the address for a target that is made; no target has such a name. */
const newTarget = "+";

/** Where people are told, whether a message gets there, and what did not. */
export function TargetsPart(): React.ReactNode {
  const { t } = useTranslation();
  const [parameters, change] = useParameters();
  const mayWrite = useAllowed(writeTargetsAction);
  const { data: targets, error } = useNotificationTargets();
  if (error) return <Notice kind="bad" title={t("targets.none")} text={error.message} />;
  if (!targets) return null;
  const opened = parameters.get("target");
  const known = targets.find(({ name, isFixed }) => name === opened && !isFixed) ?? null;
  if (mayWrite && (known || opened === newTarget)) {
    return (
      <TargetForm
        key={opened}
        known={known}
        taken={targets.map(({ name }) => name)}
        leave={() => change({ target: null })}
      />
    );
  }
  return (
    <>
      <Panel
        title={t("targets.title")}
        aside={
          mayWrite && (
            <Button kind="first" onClick={() => change({ target: newTarget })}>
              {t("targets.new")}
            </Button>
          )
        }
      >
        {targets.length === 0 && <p className={css["empty"]}>{t("targets.empty")}</p>}
        {targets.length > 0 && (
          <TargetTable targets={targets} open={(target) => change({ target })} />
        )}
      </Panel>
      <LettersPanel />
    </>
  );
}

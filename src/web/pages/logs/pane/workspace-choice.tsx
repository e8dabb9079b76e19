import { useTranslation } from "react-i18next";
import { CopyButton } from "../../../parts/copy-button.tsx";
import { Select } from "../../../parts/select.tsx";
import type { ChosenWorkspace } from "../use-workspace.ts";
import css from "./pane.module.css";

/** Which workspace is asked, with the id that Azure's clients ask it by. */
export function WorkspaceChoice({
  workspace: { place, all, choose },
}: {
  workspace: ChosenWorkspace;
}): React.ReactNode {
  const { t } = useTranslation();
  const { workspaceId } = place;
  if (workspaceId === null) return <p className={css["workspace"]}>{t("logs.noWorkspace")}</p>;
  const only = all.length === 1 ? all[0] : undefined;
  return (
    <div className={css["workspace"]}>
      {only && (
        <p>
          {t("logs.workspace")} <strong>{only.name}</strong>
        </p>
      )}
      {all.length > 1 && (
        <Select
          label={t("logs.workspace")}
          value={workspaceId}
          choices={all.map(({ name, properties }) => ({
            value: properties.customerId,
            words: name,
          }))}
          choose={choose}
        />
      )}
      <p className={css["id"]}>
        <code>{workspaceId}</code>
        <CopyButton text={workspaceId} label={t("logs.copyWorkspace")} />
      </p>
    </div>
  );
}

import { useTranslation } from "react-i18next";
import {
  type ActionGroup,
  actionGroupType,
  receiverKinds,
  type ReceiverKind,
  useActionGroups,
} from "../../api/action-groups.ts";
import { actionGroupsOf, useAlertRules } from "../../api/alert-rules.ts";
import { useParameters } from "../../parts/address.ts";
import { Button } from "../../parts/button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { ActionGroupForm } from "./action-group-form.tsx";
import css from "./alerts.module.css";

const kinds = Object.keys(receiverKinds) as ReceiverKind[];

/** Whom rules tell: a list, and one of them to look at or to change. */
export function ActionGroupsPart(): React.ReactNode {
  const { t } = useTranslation();
  const [parameters, change] = useParameters();
  const { data: groups, error } = useActionGroups();
  const mayWrite = useAllowed(`${actionGroupType}/write`);
  if (error) return <Notice kind="bad" title={t("groups.none")} text={error.message} />;
  if (!groups) return null;
  const opened = parameters.get("group");
  const leave = (): void => change({ group: null });
  if (opened !== null) {
    const found = groups.find(({ id }) => id.toLowerCase() === opened.toLowerCase());
    if (found || opened === "new") {
      return <ActionGroupForm key={opened} known={found ?? null} leave={leave} />;
    }
  }
  return (
    <>
      {mayWrite && (
        <div className={css["buttons"]}>
          <Button kind="first" onClick={() => change({ group: "new" })}>
            {t("groups.new")}
          </Button>
        </div>
      )}
      {groups.length === 0 && (
        <Notice kind="calm" title={t("alerts.noGroups")} text={t("groups.emptyText")} />
      )}
      {groups.length > 0 && (
        <Panel title={t("groups.count", { count: groups.length })}>
          <GroupTable groups={groups} />
        </Panel>
      )}
    </>
  );
}

function GroupTable({ groups }: { groups: readonly ActionGroup[] }): React.ReactNode {
  const { t } = useTranslation();
  const [, change] = useParameters();
  const { data: rules = [] } = useAlertRules();
  const rulesOf = ({ id }: ActionGroup): string =>
    rules
      .filter(({ properties }) =>
        actionGroupsOf(properties).some((each) => each.toLowerCase() === id.toLowerCase()),
      )
      .map(({ name }) => name)
      .join(", ");
  const receiversOf = ({ properties }: ActionGroup): string =>
    kinds
      .flatMap((kind) =>
        (properties[kind] ?? []).map(({ name }) => `${name} (${t(`receiver.${kind}`)})`),
      )
      .join(", ");
  return (
    <DataTable<ActionGroup>
      label={t("alertPart.groups")}
      rows={groups}
      keyOf={({ id }) => id}
      columns={[
        {
          key: "name",
          title: t("column.name"),
          show: ({ id, name, properties }) => (
            <div className={css["name"]}>
              <button type="button" onClick={() => change({ group: id })}>
                {name}
              </button>
              <span className={css["small"]}>{properties.groupShortName}</span>
            </div>
          ),
          sortBy: ({ name }) => name.toLowerCase(),
        },
        {
          key: "receivers",
          title: t("groups.receivers"),
          show: (group) => receiversOf(group) || "–",
        },
        { key: "rules", title: t("groups.rules"), show: (group) => rulesOf(group) || "–" },
        {
          key: "state",
          title: t("column.state"),
          show: ({ properties: { enabled } }) => (
            <span className={css["state"]} data-state={enabled ? "ok" : "off"}>
              {t(enabled ? "groups.enabled" : "groups.disabled")}
            </span>
          ),
        },
      ]}
    />
  );
}

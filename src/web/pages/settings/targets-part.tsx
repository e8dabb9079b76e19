import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import {
  type NotificationTarget,
  testTarget,
  testTargetAction,
  useNotificationTargets,
} from "../../api/notification-targets.ts";
import { Button } from "../../parts/button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import css from "./settings.module.css";

/** Where people are told, and whether a message gets there. */
export function TargetsPart(): React.ReactNode {
  const { t } = useTranslation();
  const { data: targets = [], error } = useNotificationTargets();
  return (
    <>
      {error && <Notice kind="bad" title={t("targets.none")} text={error.message} />}
      <Panel title={t("targets.title")}>
        <DataTable<NotificationTarget>
          label={t("targets.title")}
          rows={targets}
          keyOf={({ name }) => name}
          columns={[
            {
              key: "name",
              title: t("column.name"),
              show: ({ name }) => name,
              sortBy: ({ name }) => name,
            },
            {
              key: "kind",
              title: t("targets.kind"),
              show: ({ kind }) => kind,
              sortBy: ({ kind }) => kind,
            },
            { key: "where", title: t("column.to"), show: ({ where }) => where ?? "–" },
            {
              key: "test",
              title: t("targets.test"),
              show: (target) => <TestButton target={target} />,
            },
          ]}
        />
      </Panel>
    </>
  );
}

function TestButton({ target: { name } }: { target: NotificationTarget }): React.ReactNode {
  const { t } = useTranslation();
  const mayTest = useAllowed(testTargetAction);
  const test = useMutation({ mutationFn: testTarget });
  const { data, error } = test;
  const reason = error?.message ?? data?.reason;
  return (
    <div className={css["test"]}>
      {mayTest && (
        <Button isBusy={test.isPending} onClick={() => test.mutate(name)}>
          {t("targets.testOf", { name })}
        </Button>
      )}
      <span role="status">
        {data?.delivered && t("targets.delivered", { milliseconds: data.milliseconds })}
        {reason != null && t("targets.failed", { reason })}
      </span>
    </div>
  );
}

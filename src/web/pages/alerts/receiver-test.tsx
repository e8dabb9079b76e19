import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type ActionGroupProperties,
  type TestDetail,
  testReceivers,
} from "../../api/action-groups.ts";
import { Button } from "../../parts/button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import css from "./alerts.module.css";

const testAction = "Microsoft.Insights/createNotifications/write";

/** Sends a sample alert to the receivers as they stand, saved or not, and says what became of each. */
export function ReceiverTest({
  groupId,
  draft,
}: {
  groupId: string;
  draft: ActionGroupProperties;
}): React.ReactNode {
  const { t } = useTranslation();
  const mayTest = useAllowed(testAction);
  const [details, tell] = useState<TestDetail[]>([]);
  const test = useMutation({ mutationFn: () => testReceivers(groupId, draft, tell) });
  if (!mayTest) return null;
  return (
    <Panel
      title={t("groups.test")}
      aside={
        <Button isBusy={test.isPending} onClick={() => test.mutate()}>
          {t("groups.sendTest")}
        </Button>
      }
    >
      {details.length === 0 && !test.error && (
        <div className={css["columns"]}>
          <p className={css["small"]}>{t("groups.testText")}</p>
        </div>
      )}
      {test.error && <Notice kind="bad" title={t("alerts.notDone")} text={test.error.message} />}
      {details.length > 0 && (
        <DataTable<TestDetail>
          label={t("groups.test")}
          rows={details}
          keyOf={({ mechanismType, name }) => `${mechanismType} ${name}`}
          columns={[
            { key: "name", title: t("column.name"), show: ({ name }) => name },
            { key: "kind", title: t("groups.kind"), show: ({ mechanismType }) => mechanismType },
            { key: "status", title: t("column.state"), show: (detail) => <Result {...detail} /> },
            { key: "detail", title: t("groups.detail"), show: ({ detail }) => detail ?? "–" },
          ]}
        />
      )}
    </Panel>
  );
}

function Result({ status, subState }: TestDetail): React.ReactNode {
  const { t } = useTranslation();
  const isDone = status !== "Processing";
  const key = subState === "NotSupported" ? "NotSupported" : status;
  return (
    <span
      className={css["result"]}
      data-good={isDone ? status === "Completed" : undefined}
      role="status"
    >
      {t(`testStatus.${key}`)}
    </span>
  );
}

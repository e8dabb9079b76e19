import { useTranslation } from "react-i18next";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";

/** Where flows come from, or which conditions may hide them. */
export function NoFlows({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  const names = Object.keys(state.question.filters);
  if (names.length > 0)
    return (
      <Notice kind="calm" title={t("noFlows.filtered")} text={t("noFlows.filteredText")}>
        <p>
          <Button
            onClick={() => state.change(Object.fromEntries(names.map((name) => [name, null])))}
          >
            {t("traffic.clear")}
          </Button>
        </p>
      </Notice>
    );
  return (
    <Notice kind="calm" title={t("noFlows.title")} text={t("noFlows.text")}>
      <p>{t("noFlows.import")}</p>
      <pre className={css["command"]} tabIndex={0}>
        nightcap flow-logs import PT1H.json
      </pre>
      <p>{t("noFlows.switchOn")}</p>
      <pre className={css["command"]} tabIndex={0}>
        {`az network watcher flow-log create -l local -n first -g nightcap --vnet net \\
  --storage-account nightcapstore --workspace flows --traffic-analytics true --interval 10`}
      </pre>
    </Notice>
  );
}

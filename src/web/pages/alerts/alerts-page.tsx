import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import { useParameters } from "../../parts/address.ts";
import tabCss from "../../report/report.module.css";
import { ActionGroupsPart } from "./action-groups-part.tsx";
import css from "./alerts.module.css";
import { HistoryPart } from "./history-part.tsx";
import { RuleForm } from "./rule-form.tsx";
import { RulesPart } from "./rules-part.tsx";

const parts = ["rules", "groups", "history"] as const;
type Part = (typeof parts)[number];
const everything = {
  filter: null,
  state: null,
  host: null,
  severity: null,
  rule: null,
  response: null,
};

/** Rules, whom they tell, and what they told. */
export function AlertsPage(): React.ReactNode {
  const { t } = useTranslation();
  const [parameters, change] = useParameters();
  const part = parts.find((each) => each === parameters.get("part")) ?? "rules";
  const edited = parameters.get("edit");
  if (edited !== null) {
    const leave = (): void => change({ edit: null, from: null });
    return <RuleForm wanted={edited} model={parameters.get("from")} leave={leave} />;
  }
  return (
    <div className={css["page"]}>
      <h1>{t("page.alerts")}</h1>
      <Tabs.Root
        value={part}
        onValueChange={(next: Part) => change({ ...everything, part: next, group: null })}
      >
        <Tabs.List className={tabCss["tabs"]} aria-label={t("alerts.parts")}>
          {parts.map((name) => (
            <Tabs.Tab key={name} value={name} className={tabCss["tab"]}>
              {t(`alertPart.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="rules" className={tabCss["panel"]}>
          <RulesPart />
        </Tabs.Panel>
        <Tabs.Panel value="groups" className={tabCss["panel"]}>
          <ActionGroupsPart />
        </Tabs.Panel>
        <Tabs.Panel value="history" className={tabCss["panel"]}>
          <HistoryPart />
        </Tabs.Panel>
      </Tabs.Root>
    </div>
  );
}

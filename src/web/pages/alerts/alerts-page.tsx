import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import { useParameters } from "../../parts/address.ts";
import { ActionGroupsPart } from "./action-groups-part.tsx";
import { TabBar, TabPanel } from "../../parts/tab-bar.tsx";
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
        <TabBar
          label={t("alerts.parts")}
          names={parts}
          titleOf={(name) => t(`alertPart.${name}`)}
        />
        <TabPanel name="rules">
          <RulesPart />
        </TabPanel>
        <TabPanel name="groups">
          <ActionGroupsPart />
        </TabPanel>
        <TabPanel name="history">
          <HistoryPart />
        </TabPanel>
      </Tabs.Root>
    </div>
  );
}

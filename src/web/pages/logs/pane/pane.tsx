import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import type { LogsMetadata } from "../../../api/logs.ts";
import tabCss from "../../../report/report.module.css";
import { ExampleList } from "./example-list.tsx";
import type { History } from "./history.ts";
import { HistoryList } from "./history-list.tsx";
import css from "./pane.module.css";
import { SavedList } from "./saved-list.tsx";
import type { ChosenWorkspace } from "../use-workspace.ts";
import { TableList } from "./table-list.tsx";
import { WorkspaceChoice } from "./workspace-choice.tsx";

/** What is within reach beside the query: tables, and queries that are kept, proposed, or were run. */
export function Pane({
  target,
  workspace,
  metadata,
  history,
  insert,
  open,
}: {
  target: string;
  workspace: ChosenWorkspace;
  metadata: LogsMetadata | undefined;
  history: History;
  insert: (text: string) => void;
  /** Shows a query and runs it; of a past one with its time. */
  open: (query: string, timespan?: string | null) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const parts = {
    tables: <TableList metadata={metadata} insert={insert} />,
    saved: <SavedList place={workspace.place} open={open} />,
    examples: <ExampleList target={target} open={open} />,
    history: <HistoryList history={history} open={open} />,
  };
  return (
    <aside className={css["pane"]} aria-label={t("logs.pane")}>
      <WorkspaceChoice workspace={workspace} />
      <Tabs.Root defaultValue="tables">
        <Tabs.List className={`${tabCss["tabs"]} ${css["tabs"]}`} aria-label={t("logs.pane")}>
          {Object.keys(parts).map((name) => (
            <Tabs.Tab key={name} value={name} className={tabCss["tab"]}>
              {t(`logsPane.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(parts).map(([name, part]) => (
          <Tabs.Panel key={name} value={name} className={css["part"]}>
            {part}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </aside>
  );
}

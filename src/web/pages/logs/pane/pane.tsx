import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import type { LogsMetadata } from "../../../api/logs.ts";
import { ExampleList } from "./example-list.tsx";
import type { History } from "./history.ts";
import { HistoryList } from "./history-list.tsx";
import { TabBar } from "../../../parts/tab-bar.tsx";
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
        <div className={css["tabs"]}>
          <TabBar
            label={t("logs.pane")}
            names={Object.keys(parts)}
            titleOf={(name) => t(`logsPane.${name}`)}
          />
        </div>
        {Object.entries(parts).map(([name, part]) => (
          <Tabs.Panel key={name} value={name} className={css["part"]}>
            {part}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </aside>
  );
}

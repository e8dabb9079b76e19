import { useTranslation } from "react-i18next";
import { logsTarget, useLogsMetadata, useRefusedNames } from "../../api/logs.ts";
import { Button } from "../../parts/button.tsx";
import { useSignedIn } from "../../shell/session-context.ts";
import { CopyLinkButton } from "./copy-link-button.tsx";
import { EditorPart } from "./editor-part.tsx";
import css from "./logs.module.css";
import { useHistory } from "./pane/history.ts";
import { Pane } from "./pane/pane.tsx";
import { SaveButton } from "./pane/save-button.tsx";
import { ResultPart } from "./results/result-part.tsx";
import { RunState } from "./run-state.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useLogs } from "./use-logs.ts";
import { useWorkspace } from "./use-workspace.ts";

/** Questions in KQL about flows. */
export function LogsPage(): React.ReactNode {
  const { t } = useTranslation();
  const session = useSignedIn();
  const workspace = useWorkspace(session);
  const target = logsTarget(workspace.place);
  const history = useHistory(session.user.id);
  const { data: metadata } = useLogsMetadata(target);
  const refused = useRefusedNames();
  const logs = useLogs(target, history);
  const { text, timespan, run, controls } = logs;
  return (
    <div className={css["page"]}>
      <h1>{t("page.logs")}</h1>
      <div className={css["body"]}>
        <div className={css["main"]}>
          <Toolbar logs={logs}>
            <Button onClick={() => controls.current?.format?.()}>{t("logs.format")}</Button>
            <SaveButton query={text} place={workspace.place} />
            <CopyLinkButton query={text} timespan={timespan} />
          </Toolbar>
          <EditorPart
            text={text}
            change={logs.setText}
            run={logs.runNow}
            problems={logs.problems}
            metadata={metadata}
            refused={refused}
            control={logs.keepControls}
            goTo={(problem) => controls.current?.goTo(problem)}
          />
          <RunState run={run} />
          {run.state === "done" && <ResultPart answer={run.answer} tookMs={run.tookMs} />}
        </div>
        <Pane
          target={target}
          workspace={workspace}
          metadata={metadata}
          history={history}
          insert={(name) => controls.current?.insert(name)}
          open={logs.open}
        />
      </div>
    </div>
  );
}

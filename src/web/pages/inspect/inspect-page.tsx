import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatDuration } from "../../../inspection/summary/units.ts";
import { Notice } from "../../parts/notice.tsx";
import { ReportView } from "../../report/report-view.tsx";
import { useFormats } from "../../words/moments.ts";
import { DropZone } from "./drop-zone.tsx";
import css from "./inspect.module.css";
import { type InspectionState, useInspection } from "./use-inspection.ts";

/** Drop a capture and see what is in it. Nothing is sent anywhere: the control plane's code runs here. */
export function InspectPage(): React.ReactNode {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const state = useInspection(file);
  return (
    <div className={css["page"]}>
      <h1>{t("inspect.title")}</h1>
      <DropZone onFile={setFile} />
      <Progress state={state} />
      {state.kind === "failed" && (
        <Notice kind="bad" title={t("inspect.failed", { name: state.name })} text={state.reason} />
      )}
      {state.kind === "done" && <Done state={state} />}
    </div>
  );
}

function Progress({ state }: { state: InspectionState }): React.ReactNode {
  const { t } = useTranslation();
  const { percent } = useFormats();
  if (state.kind !== "reading") return null;
  return (
    <p className={css["progress"]} role="status">
      <progress value={state.share} aria-label={t("inspect.reading", { name: state.name })} />
      {t("inspect.reading", { name: state.name })} {percent(state.share)}
    </p>
  );
}

function Done({ state }: { state: InspectionState & { kind: "done" } }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { name, report, milliseconds, sizeBytes } = state;
  const { problem } = report.file;
  return (
    <>
      <p className={css["file"]} role="status">
        {t("inspect.done", {
          name,
          size: bytes(sizeBytes),
          duration: formatDuration(milliseconds * 1e6),
        })}
      </p>
      {problem && <Notice kind="warn" title={t("inspect.cut")} text={problem.reason} />}
      <ReportView key={name} report={report} />
    </>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatDuration } from "../../../inspection/summary/units.ts";
import { useFileBook, useFileBooksReady } from "../../packets/use-file-book.ts";
import { useParameters } from "../../parts/address.ts";
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
  const [, change] = useParameters();
  const { state, isReady } = useInspection(file);
  const areBooksReady = useFileBooksReady();
  const take = (taken: File): void => {
    setFile(taken);
    // What was asked of the file before.
    change({ filter: null, frame: null, stream: null });
  };
  return (
    <div className={css["page"]}>
      <h1>{t("inspect.title")}</h1>
      <DropZone onFile={take} isReady={isReady && areBooksReady} />
      <Progress state={state} />
      {state.kind === "failed" && (
        <Notice kind="bad" title={t("inspect.failed", { name: state.name })} text={state.reason} />
      )}
      {state.kind === "done" && file && <Done state={state} file={file} />}
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

function Done({
  state,
  file,
}: {
  state: InspectionState & { kind: "done" };
  file: File;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { name, report, milliseconds, sizeBytes } = state;
  const { problem } = report.file;
  const book = useFileBook(file);
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
      <ReportView key={name} report={report} book={book} />
    </>
  );
}

import { useTranslation } from "react-i18next";
import type { Finding } from "../../inspection/findings/finding.ts";
import { formatDuration } from "../../inspection/summary/units.ts";
import type { ReportDocument } from "../../report/document.ts";
import { Panel } from "../parts/panel.tsx";
import { useFormats } from "../words/moments.ts";
import { ChangePanel } from "./change-panel.tsx";
import { Figures } from "./figures.tsx";
import css from "./report.module.css";

/** What the packets say, before anyone looks at one of them. */
export function SummaryTab({ report }: { report: ReportDocument }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { file, answer, findings, change } = report;
  const duration = file.durationNanoseconds;
  return (
    <>
      {change && <ChangePanel change={change} />}
      <Panel title={answer.headline}>
        <Figures
          figures={[
            { name: t("figure.packets"), value: number(file.packets) },
            { name: t("figure.bytes"), value: bytes(file.bytesOnWire) },
            {
              name: t("figure.time"),
              value: duration === null ? "–" : formatDuration(Number(duration)),
            },
            { name: t("figure.streams"), value: number(report.tcp.streamCount) },
          ]}
        />
        <ul className={css["facts"]}>
          {answer.happened !== null && <li>{answer.happened}</li>}
          {answer.packetsSay.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Panel>
      <Panel title={t("report.findings", { count: findings.length })}>
        {findings.length === 0 ? (
          <p className={css["lead"]}>{t("report.noFindings")}</p>
        ) : (
          findings.map((finding) => (
            <FindingItem key={`${finding.id} ${finding.title}`} finding={finding} />
          ))
        )}
      </Panel>
    </>
  );
}

function FindingItem({ finding }: { finding: Finding }): React.ReactNode {
  const { t } = useTranslation();
  const { severity, title, confidence, evidence, advice } = finding;
  return (
    <article className={css["finding"]} data-severity={severity}>
      <h3>{title}</h3>
      <p>{advice}</p>
      <p className={css["small"]}>
        {t(`confidence.${confidence.level}`)}: {confidence.reason}
        {evidence.frames.length > 0 &&
          ` · ${t("report.frames", { frames: evidence.frames.slice(0, 5).join(", ") })}`}
      </p>
      {evidence.displayFilter !== null && <code>{evidence.displayFilter}</code>}
    </article>
  );
}

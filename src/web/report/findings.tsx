import { useTranslation } from "react-i18next";
import type { Finding } from "../../inspection/findings/finding.ts";
import { Panel } from "../parts/panel.tsx";
import css from "./report.module.css";

/** What stands out in the packets, the worst first, each with what shows it and what to do. */
export function Findings({ findings }: { findings: readonly Finding[] }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("report.findings", { count: findings.length })}>
      {findings.length === 0 && <p className={css["lead"]}>{t("report.noFindings")}</p>}
      {findings.map((finding) => (
        <FindingItem key={`${finding.id} ${finding.title}`} finding={finding} />
      ))}
    </Panel>
  );
}

function FindingItem({ finding }: { finding: Finding }): React.ReactNode {
  const { t } = useTranslation();
  const { severity, title, confidence, evidence, advice, processes = [] } = finding;
  const frames = evidence.frames.slice(0, 5).join(", ");
  return (
    <article className={css["finding"]} data-severity={severity}>
      <h3>{title}</h3>
      <p>{advice}</p>
      <p className={css["small"]}>
        {t(`confidence.${confidence.level}`)}: {confidence.reason}
        {frames !== "" && ` · ${t("report.frames", { frames })}`}
        {processes.length > 0 && ` · ${processes.join(", ")}`}
      </p>
      {evidence.displayFilter !== null && <code>{evidence.displayFilter}</code>}
    </article>
  );
}

import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Finding } from "../../inspection/findings/finding.ts";
import { PacketsLink } from "../packets/packets-place.tsx";
import { Panel } from "../parts/panel.tsx";
import css from "./report.module.css";

/** Frames that a finding names beside its words. */
const shownFrameCountMax = 5;

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
  const frames = evidence.frames.slice(0, shownFrameCountMax);
  return (
    <article className={css["finding"]} data-severity={severity}>
      <h3>{title}</h3>
      <p>{advice}</p>
      <p className={css["small"]}>
        {t(`confidence.${confidence.level}`)}: {confidence.reason}
        {frames.length > 0 && <Frames frames={frames} />}
        {processes.length > 0 && ` · ${processes.join(", ")}`}
      </p>
      {evidence.displayFilter !== null && (
        <code>
          <PacketsLink filter={evidence.displayFilter}>{evidence.displayFilter}</PacketsLink>
        </code>
      )}
    </article>
  );
}

/** Some of the frames that show it, each a way to itself. */
function Frames({ frames }: { frames: readonly number[] }): React.ReactNode {
  const { t } = useTranslation();
  const [before = "", after = ""] = t("report.frames", { frames: "\n" }).split("\n");
  return (
    <>
      {` · ${before}`}
      {frames.map((frame, at) => (
        <Fragment key={frame}>
          {at > 0 && ", "}
          <PacketsLink frame={frame}>{frame}</PacketsLink>
        </Fragment>
      ))}
      {after}
    </>
  );
}

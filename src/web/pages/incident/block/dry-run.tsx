import { useTranslation } from "react-i18next";
import type { ReportDocument } from "../../../../report/document.ts";
import type { DryRun } from "../../../api/blocks.ts";
import { Notice } from "../../../parts/notice.tsx";
import { useFormats } from "../../../words/moments.ts";
import css from "../incident.module.css";
import { cutsOf } from "./culprits.ts";

/** What the block would do: whom it cuts off, by what the capture has, and the rule that the host would load. */
export function DryRunOutcome({
  outcome,
  report,
}: {
  outcome: DryRun;
  report: ReportDocument | undefined;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const cuts = cutsOf(report, outcome.address.replace(/\/(?:32|128)$/, ""));
  return (
    <Notice kind="good" title={t("block.wouldDo")}>
      {cuts.length === 0 && <p>{t("block.cutsNothing")}</p>}
      <ul className={css["cuts"]}>
        {cuts.map(({ peer, bytes: size, frames, processes }) => (
          <li key={peer}>
            {t("block.cuts", {
              peer,
              address: outcome.address,
              size: bytes(size),
              frames: number(frames),
            })}
            {processes.length > 0 && ` · ${processes.join(", ")}`}
          </li>
        ))}
      </ul>
      {outcome.script !== null && (
        <pre className={css["script"]} tabIndex={0} aria-label={t("block.rule")}>
          {outcome.script}
        </pre>
      )}
    </Notice>
  );
}

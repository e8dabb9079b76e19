import { useTranslation } from "react-i18next";
import { formatDuration } from "../../inspection/summary/units.ts";
import type { ReportDocument } from "../../report/document.ts";
import { Panel } from "../parts/panel.tsx";
import { useFormats } from "../words/moments.ts";
import { ChangePanel } from "./change-panel.tsx";
import { Findings } from "./findings.tsx";
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
      <Findings findings={findings} />
    </>
  );
}

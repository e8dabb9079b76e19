import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Capture, hostOf, useCaptures } from "../../api/captures.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./capture.module.css";

/** All packet captures that this person may see. */
export function CapturesPage(): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { data: captures = [], error } = useCaptures();
  const packetsOf = ({ properties }: Capture): number => properties.nightcap?.packets ?? -1;
  const sizeOf = ({ properties }: Capture): number => properties.nightcap?.sizeBytes ?? -1;
  const phaseOf = ({ properties }: Capture): string => properties.nightcap?.phase ?? "waiting";
  if (error) return <Notice kind="bad" title={t("captures.none")} text={error.message} />;
  return (
    <div className={css["capture"]}>
      <h1>{t("page.captures")}</h1>
      <Panel title={t("captures.title", { count: captures.length })}>
        <DataTable<Capture>
          label={t("page.captures")}
          rows={captures}
          keyOf={({ id }) => id}
          columns={[
            {
              key: "name",
              title: t("column.name"),
              show: (row) => <CaptureLink capture={row} />,
              sortBy: ({ name }) => name,
            },
            { key: "host", title: t("column.host"), show: hostOf, sortBy: hostOf },
            {
              key: "phase",
              title: t("column.state"),
              show: (row) => t(`phase.${phaseOf(row)}`),
              sortBy: phaseOf,
            },
            {
              key: "packets",
              title: t("figure.packets"),
              isNumber: true,
              show: (row) => (packetsOf(row) < 0 ? "–" : number(packetsOf(row))),
              sortBy: packetsOf,
            },
            {
              key: "size",
              title: t("figure.bytes"),
              isNumber: true,
              show: (row) => (sizeOf(row) < 0 ? "–" : bytes(sizeOf(row))),
              sortBy: sizeOf,
            },
          ]}
        />
      </Panel>
    </div>
  );
}

function CaptureLink({ capture }: { capture: Capture }): React.ReactNode {
  const { sessionId } = capture.properties.nightcap ?? {};
  if (sessionId === undefined) return capture.name;
  return <Link href={`/captures/${sessionId}`}>{capture.name}</Link>;
}

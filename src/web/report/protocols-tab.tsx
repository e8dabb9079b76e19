import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { ProtocolNode } from "../../inspection/inspection.ts";
import type { ReportDocument } from "../../report/document.ts";
import { tooltip } from "../charts/common.ts";
import { Chart, type ChartOption } from "../charts/chart.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Panel } from "../parts/panel.tsx";
import { useFormats } from "../words/moments.ts";
import { flatHierarchy, type HierarchyRow, treemapOf } from "./hierarchy.ts";
import css from "./report.module.css";

/** The protocol hierarchy as Wireshark counts it: in frames and bytes, each part of the one above. */
export function ProtocolsTab({ report }: { report: ReportDocument }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number, percent } = useFormats();
  const { protocolHierarchy } = report;
  const all = Math.max(1, report.file.packets);
  return (
    <>
      <Panel title={t("protocols.map")}>
        <Treemap hierarchy={protocolHierarchy} />
      </Panel>
      <Panel title={t("protocols.title")}>
        <DataTable<HierarchyRow>
          label={t("protocols.title")}
          rows={flatHierarchy(protocolHierarchy)}
          keyOf={({ path }) => path}
          columns={[
            {
              key: "protocol",
              title: t("column.protocol"),
              show: ({ node, depth }) => (
                <span className={css["indent"]} style={{ paddingInlineStart: depth * 16 }}>
                  {node.protocol}
                </span>
              ),
            },
            {
              key: "frames",
              title: t("column.frames"),
              isNumber: true,
              show: ({ node }) => number(node.frames),
            },
            {
              key: "share",
              title: t("column.share"),
              isNumber: true,
              show: ({ node }) => percent(node.frames / all),
            },
            {
              key: "bytes",
              title: t("column.bytes"),
              isNumber: true,
              show: ({ node }) => bytes(node.bytes),
            },
          ]}
        />
      </Panel>
    </>
  );
}

function Treemap({ hierarchy }: { hierarchy: readonly ProtocolNode[] }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const option: ChartOption = useCallback(
    (colours) => ({
      tooltip: { ...tooltip(colours), valueFormatter: (value: number) => bytes(value) },
      color: [colours.signal, colours.lamp, colours.good, colours.faint, colours.bad],
      series: [
        {
          type: "treemap",
          data: treemapOf(hierarchy),
          roam: false,
          nodeClick: false,
          breadcrumb: { show: false },
          top: 4,
          bottom: 4,
          left: 8,
          right: 8,
          label: { color: colours.surface, fontWeight: 600, overflow: "truncate" },
          upperLabel: { show: true, height: 20, color: colours.soft },
          itemStyle: { borderColor: colours.surface, borderWidth: 1, gapWidth: 1 },
          levels: [{ upperLabel: { show: false } }],
        },
      ],
      animation: false,
    }),
    [hierarchy, bytes],
  );
  return (
    <div className={css["chart"]}>
      <Chart option={option} label={t("protocols.map")} height={300} />
    </div>
  );
}

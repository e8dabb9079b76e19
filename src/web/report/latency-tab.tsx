import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { RttSummary, StreamRtt } from "../../inspection/summary/initial-rtt.ts";
import { formatDuration } from "../../inspection/summary/units.ts";
import type { ReportDocument } from "../../report/document.ts";
import { axis, plotSpace, tooltip } from "../charts/common.ts";
import { Chart, type ChartOption } from "../charts/chart.tsx";
import { PacketsLink } from "../packets/packets-place.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Notice } from "../parts/notice.tsx";
import { Panel } from "../parts/panel.tsx";
import { useFormats } from "../words/moments.ts";
import { Figures } from "./figures.tsx";
import css from "./report.module.css";

/** How long TCP connections took to open: SYN to the ACK that ends the handshake. */
export function LatencyTab({ report }: { report: ReportDocument }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const rtt = report.initialRtt;
  if (!rtt) return <Notice kind="calm" title={t("latency.none")} text={t("latency.noneText")} />;
  return (
    <>
      <Panel title={t("latency.title")}>
        <Figures
          figures={[
            { name: t("latency.median"), value: formatDuration(rtt.medianNanoseconds) },
            { name: t("latency.p95"), value: formatDuration(rtt.p95Nanoseconds) },
            { name: t("latency.worst"), value: formatDuration(rtt.worst.nanoseconds) },
            {
              name: t("latency.measured"),
              value: `${number(rtt.count)} / ${number(rtt.streamCount)}`,
            },
          ]}
        />
        <Histogram rtt={rtt} />
      </Panel>
      <Panel title={t("latency.slowest")}>
        <DataTable<StreamRtt>
          label={t("latency.slowest")}
          rows={rtt.slowest}
          keyOf={({ stream }) => String(stream)}
          omitted={rtt.count - rtt.slowest.length}
          columns={[
            {
              key: "stream",
              title: t("column.stream"),
              isNumber: true,
              show: ({ stream }) => (
                <PacketsLink
                  filter={`tcp.stream == ${stream}`}
                  label={t("packets.showOf", { name: `tcp.stream ${stream}` })}
                >
                  {stream}
                </PacketsLink>
              ),
              sortBy: (row) => row.stream,
            },
            {
              key: "from",
              title: t("column.from"),
              show: (row) => row.from,
              sortBy: (row) => row.from,
            },
            { key: "to", title: t("column.to"), show: (row) => row.to, sortBy: (row) => row.to },
            {
              key: "port",
              title: t("column.port"),
              isNumber: true,
              show: (row) => row.port,
              sortBy: (row) => row.port,
            },
            {
              key: "rtt",
              title: t("latency.initial"),
              isNumber: true,
              show: (row) => formatDuration(row.nanoseconds),
              sortBy: (row) => row.nanoseconds,
            },
          ]}
        />
      </Panel>
    </>
  );
}

function Histogram({ rtt }: { rtt: RttSummary }): React.ReactNode {
  const { t } = useTranslation();
  const { histogram } = rtt;
  const option: ChartOption = useCallback(
    (colours) => ({
      grid: plotSpace,
      tooltip: { ...tooltip(colours), trigger: "axis" },
      xAxis: { type: "category", data: binNames(histogram), ...axis(colours) },
      yAxis: { type: "value", minInterval: 1, ...axis(colours) },
      series: [
        {
          type: "bar",
          name: t("figure.streams"),
          data: [...histogram.bins],
          itemStyle: { color: colours.signal },
          barCategoryGap: "8%",
        },
      ],
      animation: false,
    }),
    [histogram, t],
  );
  return (
    <div className={css["chart"]}>
      <Chart option={option} label={t("latency.histogram")} />
    </div>
  );
}

/** Where each bin begins: equal steps of the logarithm. */
function binNames({ fromNanoseconds, toNanoseconds, bins }: RttSummary["histogram"]): string[] {
  const ratio = toNanoseconds / fromNanoseconds;
  return bins.map((_, at) => formatDuration(fromNanoseconds * ratio ** (at / bins.length)));
}

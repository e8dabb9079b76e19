import { useTranslation } from "react-i18next";
import { formatDuration } from "../../inspection/summary/units.ts";
import type { ReportDocument } from "../../report/document.ts";
import { FollowLink, PacketsLink } from "../packets/packets-place.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Panel } from "../parts/panel.tsx";
import { useFormats } from "../words/moments.ts";

type Stream = ReportDocument["streams"]["items"][number];

/** TCP streams, most bytes first, with what went wrong in each. */
export function StreamsTab({ report }: { report: ReportDocument }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const end = ({ address, port }: Stream["a"]): string => `${address}:${port}`;
  const troubles = ({ lostSegments = 0, outOfOrder = 0, zeroWindows = 0 }: Stream): number =>
    lostSegments + outOfOrder + zeroWindows;
  const total = (stream: Stream): number => stream.bytesAToB + stream.bytesBToA;
  return (
    <Panel title={t("streams.title")}>
      <DataTable<Stream>
        label={t("streams.title")}
        rows={report.streams.items}
        keyOf={({ stream }) => String(stream)}
        omitted={report.streams.omitted}
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
            sortBy: ({ stream }) => stream,
          },
          {
            key: "follow",
            title: t("column.follow"),
            show: ({ stream }) => (
              <FollowLink protocol="tcp" stream={stream}>
                {t("packets.follow")}
              </FollowLink>
            ),
          },
          { key: "a", title: t("column.a"), show: ({ a }) => end(a), sortBy: ({ a }) => end(a) },
          { key: "b", title: t("column.b"), show: ({ b }) => end(b), sortBy: ({ b }) => end(b) },
          { key: "protocol", title: t("column.protocol"), show: ({ protocol }) => protocol },
          {
            key: "processes",
            title: t("column.processes"),
            show: ({ processes = [] }) => processes.join(", "),
          },
          {
            key: "bytes",
            title: t("column.bytes"),
            isNumber: true,
            show: (row) => bytes(total(row)),
            sortBy: total,
          },
          {
            key: "rtt",
            title: t("latency.initial"),
            isNumber: true,
            show: ({ initialRtt }) =>
              initialRtt === null ? "–" : formatDuration(Number(initialRtt)),
            sortBy: ({ initialRtt }) => Number(initialRtt ?? -1),
          },
          {
            key: "retransmissions",
            title: t("streams.retransmissions"),
            isNumber: true,
            show: ({ retransmissions = 0 }) => number(retransmissions),
            sortBy: ({ retransmissions = 0 }) => retransmissions,
          },
          {
            key: "troubles",
            title: t("streams.troubles"),
            isNumber: true,
            show: (row) => number(troubles(row)),
            sortBy: troubles,
          },
        ]}
      />
    </Panel>
  );
}

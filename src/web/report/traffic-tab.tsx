import { useTranslation } from "react-i18next";
import type { Destination, Talk } from "../../inspection/summary/traffic.ts";
import type { ReportDocument } from "../../report/document.ts";
import type { WithProcesses } from "../../report/processes.ts";
import { destinationFilter, pairFilter } from "../packets/filter/traffic-filters.ts";
import { PacketsLink } from "../packets/packets-place.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Panel } from "../parts/panel.tsx";
import { useFormats } from "../words/moments.ts";
import { type KnownOfAddress, knownAddresses } from "./known-addresses.ts";
import css from "./report.module.css";

/** Who talked with whom, and to which ports. */
export function TrafficTab({ report }: { report: ReportDocument }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <Panel title={t("traffic.conversations")}>
        <Conversations talks={report.conversations} />
      </Panel>
      <Panel title={t("traffic.destinations")}>
        <Destinations destinations={report.destinations} />
      </Panel>
    </>
  );
}

/** Pairs of addresses, most bytes first. */
export function Conversations({
  talks,
  change = null,
}: {
  talks: ReportDocument["conversations"];
  /** What is known of the addresses that it names: name, country, why one is a threat. */
  change?: ReportDocument["change"];
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const known = knownAddresses(change);
  const show = (text: string): React.ReactNode => (
    <KnownAddress text={text} known={known.get(text)} />
  );
  return (
    <DataTable<WithProcesses<Talk>>
      label={t("traffic.conversations")}
      rows={talks.items}
      keyOf={({ a, b }) => `${a} ${b}`}
      omitted={talks.omitted}
      columns={[
        {
          key: "a",
          title: t("column.a"),
          show: ({ a }) => show(a),
          sortBy: ({ a }) => a,
        },
        {
          key: "b",
          title: t("column.b"),
          show: ({ b }) => show(b),
          sortBy: ({ b }) => b,
        },
        {
          key: "processes",
          title: t("column.processes"),
          show: ({ processes = [] }) => processes.join(", "),
        },
        {
          key: "frames",
          title: t("column.frames"),
          isNumber: true,
          show: ({ a, b, frames }) => (
            <PacketsLink
              filter={pairFilter(a, b)}
              label={`${number(frames)}: ${t("packets.showOf", { name: `${a} – ${b}` })}`}
            >
              {number(frames)}
            </PacketsLink>
          ),
          sortBy: ({ frames }) => frames,
        },
        {
          key: "ab",
          title: t("column.aToB"),
          isNumber: true,
          show: ({ bytesAToB }) => bytes(bytesAToB),
          sortBy: ({ bytesAToB }) => bytesAToB,
        },
        {
          key: "ba",
          title: t("column.bToA"),
          isNumber: true,
          show: ({ bytesBToA }) => bytes(bytesBToA),
          sortBy: ({ bytesBToA }) => bytesBToA,
        },
      ]}
    />
  );
}

function Destinations({
  destinations,
}: {
  destinations: ReportDocument["destinations"];
}): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  return (
    <DataTable<Destination>
      label={t("traffic.destinations")}
      rows={destinations.items}
      keyOf={({ address, transport, port }) => `${address} ${transport} ${port}`}
      omitted={destinations.omitted}
      columns={[
        {
          key: "address",
          title: t("column.address"),
          show: ({ address }) => <Address text={address} />,
          sortBy: ({ address }) => address,
        },
        {
          key: "transport",
          title: t("column.transport"),
          show: ({ transport }) => transport,
          sortBy: ({ transport }) => transport,
        },
        {
          key: "port",
          title: t("column.port"),
          isNumber: true,
          show: ({ port }) => port,
          sortBy: ({ port }) => port,
        },
        {
          key: "packets",
          title: t("figure.packets"),
          isNumber: true,
          show: (row) => (
            <PacketsLink
              filter={destinationFilter(row)}
              label={`${number(row.packets)}: ${t("packets.showOf", { name: row.address })}`}
            >
              {number(row.packets)}
            </PacketsLink>
          ),
          sortBy: ({ packets }) => packets,
        },
      ]}
    />
  );
}

const Address = ({ text }: { text: string }): React.ReactNode => (
  <span className={css["address"]}>{text}</span>
);

/** An address with its name, country and threat, where the answer knows them. */
function KnownAddress({
  text,
  known,
}: {
  text: string;
  known: KnownOfAddress | undefined;
}): React.ReactNode {
  return (
    <>
      <Address text={text} />
      {known !== undefined && known.detail !== "" && (
        <span className={css["small"]}> {known.detail}</span>
      )}
      {known?.threat != null && <p className={css["threat"]}>{known.threat}</p>}
    </>
  );
}

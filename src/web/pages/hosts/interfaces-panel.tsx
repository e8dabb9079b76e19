import { useTranslation } from "react-i18next";
import type { HostInterface, WholeHost } from "../../api/hosts.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./hosts.module.css";

/** What the host is reached by, busiest first, and whether it is recorded. */
export function InterfacesPanel({ host }: { host: WholeHost }): React.ReactNode {
  const { t } = useTranslation();
  const { rate, number } = useFormats();
  const trafficOf = ({ rates }: HostInterface): number =>
    rates ? rates.bytesInPerSecond + rates.bytesOutPerSecond : -1;
  const rows = host.interfaces.toSorted(
    (a, b) => trafficOf(b) - trafficOf(a) || Number(b.up) - Number(a.up),
  );
  const packets = (count: number | undefined): string =>
    count === undefined ? "" : t("host.packetsPerSecond", { shown: number(Math.round(count)) });
  return (
    <Panel title={t("host.interfaces", { count: rows.length })}>
      <DataTable<HostInterface>
        label={t("hosts.interfaces")}
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          {
            key: "name",
            title: t("column.name"),
            show: ({ name }) => <code>{name}</code>,
            sortBy: ({ name }) => name,
          },
          {
            key: "state",
            title: t("column.state"),
            show: ({ up }) => t(up ? "host.up" : "host.down"),
            sortBy: ({ up }) => Number(up),
          },
          {
            key: "addresses",
            title: t("column.address"),
            show: ({ addresses, macAddress }) => (
              <Addresses addresses={addresses} macAddress={macAddress} />
            ),
          },
          {
            key: "in",
            title: t("hostMetric.in"),
            isNumber: true,
            show: ({ rates }) => (
              <Rate
                bytes={rates && rate(rates.bytesInPerSecond)}
                more={packets(rates?.packetsInPerSecond)}
              />
            ),
            sortBy: ({ rates }) => rates?.bytesInPerSecond ?? -1,
          },
          {
            key: "out",
            title: t("hostMetric.out"),
            isNumber: true,
            show: ({ rates }) => (
              <Rate
                bytes={rates && rate(rates.bytesOutPerSecond)}
                more={packets(rates?.packetsOutPerSecond)}
              />
            ),
            sortBy: ({ rates }) => rates?.bytesOutPerSecond ?? -1,
          },
          {
            key: "ring",
            title: t("ring.title"),
            show: ({ name, isRecorded }) => <Recorded host={host} name={name} is={isRecorded} />,
          },
        ]}
      />
    </Panel>
  );
}

const Addresses = ({
  addresses,
  macAddress,
}: Pick<HostInterface, "addresses" | "macAddress">): React.ReactNode => (
  <span className={css["addresses"]}>
    {addresses.map((address) => (
      <span key={address}>{address}</span>
    ))}
    {macAddress !== "" && <span className={css["address"]}>{macAddress}</span>}
  </span>
);

const Rate = ({ bytes, more }: { bytes: string | null; more: string }): React.ReactNode =>
  bytes === null ? (
    "–"
  ) : (
    <span className={css["rate"]}>
      {bytes}
      <span className={css["address"]}>{more}</span>
    </span>
  );

/** What its recorder lost is known when that ends. */
function Recorded({
  host,
  name,
  is,
}: {
  host: WholeHost;
  name: string;
  is: boolean | null;
}): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const found = host.ring?.interfaces?.find((each) => each.name === name);
  if (is === null) return "–";
  if (!found) return t("host.notRecorded");
  return (
    <span className={css["rate"]}>
      {t(is ? "host.recorded" : "ring.stopped")}
      {found.drops !== null && found.drops > 0 && (
        <span className={css["lost"]}>
          {t("host.lost", { count: found.drops, shown: number(found.drops) })}
        </span>
      )}
    </span>
  );
}

import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { HostRow } from "../../api/hosts.ts";
import { longestReach, worstFirst } from "../hosts/host-order.ts";
import { HostSign } from "../hosts/host-sign.tsx";
import { Reach } from "../hosts/reach.tsx";
import css from "./tonight.module.css";

/** Of several hundred hosts those that need somebody are enough here. */
const shownCountMax = 8;

/** How hosts stand and how far back each reaches, the worst first. */
export function HostsNow({
  hosts,
  count,
}: {
  hosts: readonly HostRow[];
  count: number;
}): React.ReactNode {
  const { t } = useTranslation();
  const longest = longestReach(hosts);
  const shown = worstFirst(hosts).slice(0, shownCountMax);
  const moreCount = count - shown.length;
  if (hosts.length === 0) return <p className={css["empty"]}>{t("hosts.empty")}</p>;
  return (
    <>
      <ul>
        {shown.map((host) => (
          <li key={host.resourceId} className={css["host"]}>
            <Link href={`/hosts/${host.name}`}>{host.name}</Link>
            <HostSign host={host} />
            <Reach host={host} longest={longest} />
          </li>
        ))}
      </ul>
      {moreCount > 0 && (
        <p className={css["more"]}>
          <Link href="/hosts">{t("hosts.more", { count: moreCount })}</Link>
        </p>
      )}
    </>
  );
}

import { useTranslation } from "react-i18next";
import type { HostRow } from "../../api/hosts.ts";
import { useFormats } from "../../words/moments.ts";
import { reachOf } from "./host-order.ts";
import css from "./reach.module.css";

/** How far back a host's ring reaches, beside the longest of all; in words where there is none. */
export function Reach({ host, longest }: { host: HostRow; longest: number }): React.ReactNode {
  const { t } = useTranslation();
  const { duration } = useFormats();
  const { ring } = host;
  if (!ring) return <span className={css["none"]}>{t("hosts.ringNotTold")}</span>;
  if (!ring.on)
    return <span className={css["none"]}>{t(`hosts.ringOff.${ring.off?.code ?? "failed"}`)}</span>;
  const seconds = reachOf(host);
  const share = longest === 0 ? 0 : seconds / longest;
  return (
    <span className={css["reach"]} data-old={host.state !== "connected"}>
      <span className={css["track"]} aria-hidden="true">
        <span className={css["bar"]} style={{ width: `${Math.max(1, share * 100)}%` }} />
      </span>
      <span className={css["words"]}>
        {ring.reachSeconds == null ? t("hosts.ringEmpty") : duration(seconds)}
      </span>
    </span>
  );
}

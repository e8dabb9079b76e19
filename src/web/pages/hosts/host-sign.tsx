import { useTranslation } from "react-i18next";
import type { HostRow } from "../../api/hosts.ts";
import { troubleOf } from "./host-order.ts";
import css from "./host-sign.module.css";

/** Whether a host is there, and what is wrong with it: by shape, colour and word. */
export function HostSign({ host }: { host: HostRow }): React.ReactNode {
  const { t } = useTranslation();
  const trouble = troubleOf(host);
  return (
    <span className={css["sign"]} data-kind={kindOf(trouble)}>
      {t(trouble === null ? "hosts.state.connected" : `hosts.trouble.${trouble}`)}
    </span>
  );
}

function kindOf(trouble: ReturnType<typeof troubleOf>): "good" | "bad" | "warn" | "calm" {
  if (trouble === null) return "good";
  if (trouble === "away" || trouble === "ringFailed") return "bad";
  return trouble === "interface" || trouble === "tooOld" ? "warn" : "calm";
}

import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { StreamName } from "../../../inspection/browse/packet-book.ts";
import { Button } from "../../parts/button.tsx";
import css from "./follow.module.css";

interface ChooserProps {
  name: StreamName | null;
  /** Streams of the capture. */
  counts: Readonly<Record<StreamName["protocol"], number>>;
  choose: (name: StreamName) => void;
}

/** The way to a stream by its number, to the one before and to the next. */
export function StreamChooser({ name, counts, choose }: ChooserProps): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const { protocol = "tcp", stream = null } = name ?? {};
  const last = counts[protocol] - 1;
  const go = (wanted: number): void => {
    if (Number.isSafeInteger(wanted) && wanted >= 0 && wanted <= last)
      choose({ protocol, stream: wanted });
  };
  return (
    <div className={css["bar"]}>
      <span className={css["choice"]}>
        <label htmlFor={`${id}-protocol`}>{t("follow.stream")}</label>
        <select
          id={`${id}-protocol`}
          value={protocol}
          onChange={({ target }) =>
            choose({ protocol: target.value as StreamName["protocol"], stream: 0 })
          }
        >
          <option value="tcp">TCP ({counts.tcp})</option>
          <option value="udp">UDP ({counts.udp})</option>
        </select>
        <input
          type="number"
          min={0}
          max={Math.max(0, last)}
          aria-label={t("packets.number")}
          value={stream ?? ""}
          onChange={({ target }) => target.value !== "" && go(Number(target.value))}
        />
      </span>
      <Button disabled={stream === null || stream <= 0} onClick={() => go((stream ?? 0) - 1)}>
        {t("follow.previous")}
      </Button>
      <Button
        disabled={last < 0 || (stream ?? -1) >= last}
        onClick={() => go(stream === null ? 0 : stream + 1)}
      >
        {t("follow.next")}
      </Button>
      {name === null && <p className={css["hint"]}>{t("follow.choose")}</p>}
    </div>
  );
}

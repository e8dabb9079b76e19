import { useTranslation } from "react-i18next";
import { type Capture, hostOf, isUnderWay } from "../../api/capture.ts";
import { useFormats } from "../../words/moments.ts";
import css from "./tonight.module.css";

/** Captures whose packets are not all stored yet. */
export function CapturingNow({ captures }: { captures: readonly Capture[] }): React.ReactNode {
  const { t } = useTranslation();
  const underWay = captures.filter(isUnderWay);
  if (underWay.length === 0) return <p className={css["empty"]}>{t("tonight.noneNow")}</p>;
  return (
    <ul>
      {underWay.map((capture) => (
        <CaptureLine key={capture.id} capture={capture} />
      ))}
    </ul>
  );
}

function CaptureLine({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { phase = "waiting", packets, sizeBytes } = capture.properties.nightcap ?? {};
  return (
    <li className={css["capture"]}>
      <strong>{capture.name}</strong>
      <span>
        {hostOf(capture)} · {t(`phase.${phase}`)}
        {packets == null
          ? ""
          : ` · ${t("capture.packets", { count: packets, shown: number(packets) })}`}
        {sizeBytes == null ? "" : ` · ${bytes(sizeBytes)}`}
      </span>
    </li>
  );
}

import { useTranslation } from "react-i18next";
import type { RecordedInterface } from "../../api/hosts.ts";
import { Ago } from "../../parts/moment.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./ring.module.css";
import { type RingPlace, ringPlaces } from "./ring-places.ts";

/** The past that can be looked back on, interface by interface, now at the right. */
export function RingPicture({
  interfaces,
  told,
}: {
  interfaces: readonly RecordedInterface[];
  told: string | null;
}): React.ReactNode {
  const { t } = useTranslation();
  const { duration } = useFormats();
  const { places, ticks } = ringPlaces(interfaces);
  if (interfaces.length === 0) return <p className={css["note"]}>{t("ring.noInterfaces")}</p>;
  return (
    <div className={css["picture"]}>
      <ul>
        {places.map((place) => (
          <Line key={place.recorded.name} place={place} />
        ))}
      </ul>
      <div className={css["axis"]} aria-hidden="true">
        {ticks.map(({ secondsAgo, share }) => (
          <span key={secondsAgo} style={{ left: `${share * 100}%` }}>
            −{duration(secondsAgo)}
          </span>
        ))}
        <span className={css["now"]}>{told === null ? "" : <Ago time={told} />}</span>
      </div>
    </div>
  );
}

function Line({ place: { recorded, from } }: { place: RingPlace }): React.ReactNode {
  const { t } = useTranslation();
  const { duration } = useFormats();
  const { name, reachSeconds, missingSeconds, trouble, isRecorded } = recorded;
  const words = [
    reachSeconds === null ? t("hosts.ringEmpty") : duration(reachSeconds),
    ...(missingSeconds > 0 ? [t("ring.missing", { time: duration(missingSeconds) })] : []),
    ...(isRecorded ? [] : [t("ring.stopped")]),
  ];
  return (
    <li className={css["line"]}>
      <span className={css["interface"]}>{name}</span>
      <span className={css["space"]} aria-hidden="true">
        <span
          className={css["past"]}
          data-state={isRecorded ? "on" : "off"}
          style={{ left: `${from * 100}%` }}
        />
      </span>
      <span className={css["told"]}>{words.join(" · ")}</span>
      {trouble !== null && <span className={css["trouble"]}>{trouble}</span>}
    </li>
  );
}

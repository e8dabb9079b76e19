import { useTranslation } from "react-i18next";
import type {
  ChangeAnswer,
  ChangeComparison,
  ComparedDestination,
} from "../../../../inspection/change/change-answer.ts";
import { changeValueText } from "../../../../inspection/change/sentence.ts";
import { useFormats } from "../../../words/moments.ts";
import css from "./compare.module.css";
import { whens } from "./stretch.ts";

/** The same host at each earlier time, by the flow logs: the metric's value, and with whom most was exchanged. */
export function ComparedPeers({ change }: { change: ChangeAnswer }): React.ReactNode {
  const { t } = useTranslation();
  const { comparisons, unit } = change;
  if (comparisons.length === 0) return <p className={css["text"]}>{t("compare.noFlows")}</p>;
  const rateOf = ({ bytesOutPerSecond, bytesInPerSecond }: ComparedDestination): number =>
    bytesOutPerSecond + bytesInPerSecond;
  const all = comparisons.flatMap(({ destinations }) => destinations);
  const most = Math.max(...all.map(rateOf), 1);
  const shown = whens.flatMap((when) => comparisons.find((each) => each.when === when) ?? []);
  return (
    <section className={css["flows"]} aria-label={t("compare.flows")}>
      <h3>{t("compare.flows")}</h3>
      <div className={css["times"]}>
        {shown.map(({ when, value, destinations }: ChangeComparison) => (
          <div key={when}>
            <p className={css["head"]}>
              <b>{t(`compareWhen.${when}`)}</b>
              {value !== null && <span>{changeValueText(value, unit)}</span>}
            </p>
            {destinations.length === 0 && <p>{t("compare.noTraffic")}</p>}
            <ul>
              {destinations.map((each) => (
                <Peer key={each.address} peer={each} share={rateOf(each) / most} />
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

function Peer({ peer, share }: { peer: ComparedDestination; share: number }): React.ReactNode {
  const { rate } = useFormats();
  return (
    <li>
      <span className={css["peer"]}>
        <span>{peer.address}</span>
        <span>
          ↑ {rate(peer.bytesOutPerSecond)} ↓ {rate(peer.bytesInPerSecond)}
        </span>
      </span>
      <span className={css["bar"]} style={{ width: `${Math.max(1, share * 100)}%` }} />
    </li>
  );
}

import { useTranslation } from "react-i18next";
import { Moment } from "../../../parts/moment.tsx";
import css from "./picture.module.css";
import { missingParts, type RecordedTime } from "./recorded-times.ts";

/** Of each recording what of the asked time is really there, as a bar and in words. */
export function CoverageRows({ times }: { times: readonly RecordedTime[] }): React.ReactNode {
  const { t } = useTranslation();
  if (times.length === 0) return null;
  return (
    <section className={css["coverage"]} aria-label={t("picture.coverage")}>
      <h3>{t("picture.coverage")}</h3>
      <ul>
        {times.map((time) => (
          <CoverageRow key={time.name} time={time} />
        ))}
      </ul>
    </section>
  );
}

function CoverageRow({ time }: { time: RecordedTime }): React.ReactNode {
  const { t } = useTranslation();
  const { name, from, to, coverage, isUnderWay } = time;
  const missing = missingParts(time, t("picture.notInRing"));
  const width = Math.max(1, to - from);
  const place = (at: number): number => (Math.min(Math.max(at, from), to) - from) / width;
  return (
    <li>
      <p className={css["name"]}>{name}</p>
      <div className={css["track"]} data-known={coverage !== null} aria-hidden="true">
        {missing.map((gap) => (
          <span
            key={`${gap.interfaceName} ${gap.from}`}
            className={css["gap"]}
            style={{
              left: `${place(gap.from) * 100}%`,
              width: `${Math.max(0.6, (place(gap.to) - place(gap.from)) * 100)}%`,
            }}
          />
        ))}
        {coverage && (
          <span
            className={css["moment"]}
            style={{ left: `${place(Date.parse(coverage.moment)) * 100}%` }}
          />
        )}
      </div>
      <p className={css["ends"]}>
        <Moment time={new Date(from).toISOString()} />
        <span>{coverageWords(t, time)}</span>
        {isUnderWay ? t("recording.recording") : <Moment time={new Date(to).toISOString()} />}
      </p>
      <Reasons
        time={time}
        missing={missing.map(({ interfaceName, reason }) =>
          [interfaceName, reason].filter(Boolean).join(": "),
        )}
      />
    </li>
  );
}

type Translate = ReturnType<typeof useTranslation>["t"];

function coverageWords(t: Translate, { coverage }: RecordedTime): string {
  if (!coverage) return t("picture.notKnown");
  const { asked, got } = coverage;
  const seconds = (value: number): number => Math.round(value * 10) / 10;
  return t("picture.got", {
    before: seconds(got.beforeSeconds),
    ofBefore: seconds(asked.beforeSeconds),
    after: seconds(got.afterSeconds),
    ofAfter: seconds(asked.afterSeconds),
  });
}

/** Why something is missing, each reason once; and what else limits it. */
function Reasons({
  time: { coverage },
  missing,
}: {
  time: RecordedTime;
  missing: readonly string[];
}): React.ReactNode {
  const warnings = coverage?.warnings.map(({ message }) => message) ?? [];
  const all = [...new Set([...missing, ...warnings])];
  if (all.length === 0) return null;
  return (
    <ul className={css["reasons"]}>
      {all.map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  );
}

import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { hostNameOf, type IncidentRow } from "../../api/incidents.ts";
import { useNow } from "../../parts/moment.tsx";
import { useFormats } from "../../words/moments.ts";
import { lineHours, placesOf, ticksOf } from "./line-places.ts";
import { useHeadline } from "../../words/headline.ts";
import css from "./tonight.module.css";

const width = 1_000;
const baseline = 64;

/** The last day from left to right, each incident where it began: the higher, the more severe. */
export function NightLine({ incidents }: { incidents: readonly IncidentRow[] }): React.ReactNode {
  const { t } = useTranslation();
  const headline = useHeadline();
  const now = useNow();
  const { moment } = useFormats();
  const [, go] = useLocation();
  const places = placesOf(incidents, now);
  return (
    <svg
      className={css["line"]}
      viewBox={`0 0 ${width} 92`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("tonight.lineLabel", { count: places.length, hours: lineHours })}
    >
      {ticksOf(now).map(({ time, share }) => (
        <line
          key={time}
          className={css["grid"]}
          x1={share * width}
          x2={share * width}
          y1="6"
          y2={baseline}
        />
      ))}
      <line className={css["grid"]} x1="0" x2={width} y1={baseline} y2={baseline} />
      <line className={css["now"]} x1={width - 1} x2={width - 1} y1="6" y2={baseline} />
      {places.map(({ row, share }) => (
        <rect
          key={row.incidentId}
          className={css["mark"]}
          data-severity={row.severity}
          x={share * width - 5}
          y={baseline - heightOf(row.severity)}
          width="10"
          height={heightOf(row.severity)}
          rx="3"
          onClick={() => go(`/incidents/${row.incidentId}`)}
        >
          <title>{`${moment(row.openedAt)} ${hostNameOf(row.resourceId)}: ${row.answer ? headline(row.answer) : row.summary}`}</title>
        </rect>
      ))}
      <Hours now={now} />
    </svg>
  );
}

const heightOf = (severity: number): number => 12 + (4 - severity) * 9;

function Hours({ now }: { now: number }): React.ReactNode {
  const { i18n } = useTranslation();
  const hour = new Intl.DateTimeFormat(i18n.language, {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
  return ticksOf(now).map(({ time, share }) => (
    <text key={time} x={share * width + 4} y="84">
      {hour.format(time)}
    </text>
  ));
}

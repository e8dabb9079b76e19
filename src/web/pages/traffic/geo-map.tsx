import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { type FlowAnswer, numberOf, recordsOf } from "../../api/flow-views.ts";
import { tooltip } from "../../charts/common.ts";
import { Chart, type ChartOption } from "../../charts/chart.tsx";
import { useFormats } from "../../words/moments.ts";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";

/** Benign traffic is blue, malicious red, and the size is the amount: Azure's colours. */
const benignColour = "#3f8fe0";
const maliciousColour = "#e0433f";
const pointSizeMax = 42;
const pointSizeMin = 7;

/** The shapes come when a map is shown first. */
const loadWorld = async (): Promise<void> =>
  (await import("../../charts/world.ts")).registerWorld();

/** The world with a point for each country or region that was talked with; a press asks about it alone. */
export function GeoMap({
  answer,
  state,
}: {
  answer: FlowAnswer;
  state: QuestionState;
}): React.ReactNode {
  const { t, i18n } = useTranslation();
  const { bytes, number } = useFormats();
  const option: ChartOption = useCallback(
    (colours) => {
      const places = placesOf(answer);
      const most = Math.max(1, ...places.map(({ total }) => total));
      const regions = new Intl.DisplayNames([i18n.language], { type: "region" });
      const nameOf = (place: string): string =>
        /^[a-z]{2}$/i.test(place) ? (regions.of(place.toUpperCase()) ?? place) : place;
      const amount = (value: number): string =>
        answer.unit === "bytes" ? bytes(value) : number(value);
      return {
        geo: {
          map: "world",
          roam: true,
          scaleLimit: { min: 1, max: 8 },
          itemStyle: { areaColor: colours.line, borderColor: colours.surface, borderWidth: 0.6 },
          emphasis: { disabled: true },
          top: 6,
          bottom: 6,
          left: 0,
          right: 0,
        },
        tooltip: tooltip(colours),
        series: [
          {
            type: "scatter",
            coordinateSystem: "geo",
            data: places.map(({ place, longitude, latitude, total, malicious }) => ({
              name: place,
              value: [longitude, latitude, total],
              symbolSize: pointSizeMin + (pointSizeMax - pointSizeMin) * Math.sqrt(total / most),
              itemStyle: { color: malicious > 0 ? maliciousColour : benignColour, opacity: 0.8 },
              tooltip: {
                formatter: `${nameOf(place)}\n${amount(total)}${malicious > 0 ? `\n${t("tile.malicious")}: ${amount(malicious)}` : ""}`,
              },
            })),
          },
        ],
        animation: false,
      };
    },
    [answer, bytes, number, i18n.language, t],
  );
  return (
    <div className={css["chart"]}>
      <Chart
        option={option}
        label={t("view.geo-countries")}
        height={440}
        prepare={loadWorld}
        onPress={(country) => state.change({ country })}
      />
      <p className={css["legend"]}>
        <span style={{ background: benignColour }} /> {t("tile.benign")}
        <span style={{ background: maliciousColour }} /> {t("tile.malicious")}
      </p>
    </div>
  );
}

interface Place {
  place: string;
  longitude: number;
  latitude: number;
  total: number;
  malicious: number;
}

const placesOf = (answer: FlowAnswer): Place[] =>
  recordsOf(answer)
    .filter((record) => record["HasLocation"] === true)
    .map((record) => ({
      place: String(record["Place"]),
      longitude: numberOf(record["Longitude"]),
      latitude: numberOf(record["Latitude"]),
      total: numberOf(record["Total"]),
      malicious: numberOf(record["Malicious"]),
    }));

import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { FlowAnswer } from "../../api/flow-views.ts";
import { tooltip } from "../../charts/common.ts";
import { Chart, type ChartColours, type ChartOption } from "../../charts/chart.tsx";
import { useFormats } from "../../words/moments.ts";
import { type Arc, arcsOf, keyOf, nowhere, type Place, placesOf } from "./map-places.ts";
import css from "./traffic.module.css";
import { isNarrow } from "./narrow.ts";
import { useCountryName } from "./value-text.ts";

/** Benign traffic is blue, malicious red, and the size is the amount: Azure's colours. */
export const benignColour = "#3f8fe0";
export const maliciousColour = "#e0433f";
const pointSize = { min: 7, max: 36 };
const arcWidth = { min: 0.8, max: 7 };
const heightPixels = 440;
const narrowHeightPixels = 230;

/** The shapes come when a map is shown first. */
const loadWorld = async (): Promise<void> =>
  (await import("../../charts/world.ts")).registerWorld();

/** The world with what was talked with, and arcs from and to one's own networks; a press asks about it alone. */
export function GeoMap({
  answer,
  arcs,
  onPress,
}: {
  answer: FlowAnswer;
  /** Null while they are not there yet. */
  arcs: FlowAnswer | null;
  onPress: (place: string, isRegion: boolean) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const countryOf = useCountryName();
  const option: ChartOption = useCallback(
    (colours) => {
      const places = placesOf(answer);
      const lines = arcs ? arcsOf(arcs, places) : [];
      const amount = answer.unit === "bytes" ? bytes : number;
      const nameOf = ({ place, isRegion }: { place: string; isRegion: boolean }): string =>
        isRegion ? place : countryOf(place);
      const bad = (value: number): string =>
        value > 0 ? `\n${t("tile.malicious")}: ${amount(value)}` : "";
      const own = t("flowMap.own");
      return {
        geo: geoOf(colours),
        tooltip: tooltip(colours),
        series: [
          arcSeries(lines, (arc) => {
            const ends = [arc.ownRegion === "" ? own : arc.ownRegion, nameOf(arc)];
            return `${(arc.isInbound ? ends.toReversed() : ends).join(" → ")}\n${amount(arc.total)}`;
          }),
          pointSeries(
            places,
            (place) => `${nameOf(place)}\n${amount(place.total)}${bad(place.malicious)}`,
          ),
          ...(lines.some(({ from, to }) => from === nowhere || to === nowhere)
            ? [homeSeries(own, colours)]
            : []),
        ],
        animation: false,
      };
    },
    [answer, arcs, bytes, number, countryOf, t],
  );
  const press = (key: string): void => {
    const found = placesOf(answer).find(({ place, isRegion }) => keyOf(place, isRegion) === key);
    if (found) onPress(found.place, found.isRegion);
  };
  return (
    <div className={css["chart"]}>
      <Chart
        option={option}
        label={t("view.geo-countries")}
        height={isNarrow() ? narrowHeightPixels : heightPixels}
        prepare={loadWorld}
        onPress={press}
      />
      <p className={css["legend"]}>
        <span style={{ background: benignColour }} /> {t("tile.benign")}
        <span style={{ background: maliciousColour }} /> {t("tile.malicious")}
        <span className={css["square"]} /> {t("flowValue.AzureRegion")}
        <span className={css["home"]} /> {t("flowMap.ownText")}
      </p>
    </div>
  );
}

const geoOf = (colours: ChartColours): object => ({
  map: "world",
  preserveAspect: true,
  roam: true,
  scaleLimit: { min: 1, max: 8 },
  itemStyle: { areaColor: colours.line, borderColor: colours.surface, borderWidth: 0.6 },
  emphasis: { disabled: true },
  top: 6,
  bottom: 6,
  left: 0,
  right: 0,
});

const colourOf = (isMalicious: boolean): string => (isMalicious ? maliciousColour : benignColour);
const mostOf = (all: readonly { total: number }[]): number =>
  Math.max(1, ...all.map(({ total }) => total));
const sized = ({ min, max }: { min: number; max: number }, share: number): number =>
  min + (max - min) * Math.sqrt(share);

function arcSeries(arcs: readonly Arc[], words: (arc: Arc) => string): object {
  const most = mostOf(arcs);
  return {
    type: "lines",
    coordinateSystem: "geo",
    data: arcs.map((arc) => ({
      key: keyOf(arc.place, arc.isRegion),
      coords: [arc.from, arc.to],
      lineStyle: {
        color: colourOf(arc.isMalicious),
        width: sized(arcWidth, arc.total / most),
        opacity: 0.5,
        curveness: arc.isInbound ? 0.32 : 0.22,
      },
      tooltip: { formatter: words(arc) },
    })),
  };
}

function pointSeries(places: readonly Place[], words: (place: Place) => string): object {
  const most = mostOf(places);
  return {
    type: "scatter",
    coordinateSystem: "geo",
    data: places.map((each) => ({
      key: keyOf(each.place, each.isRegion),
      name: each.place,
      value: [...each.at, each.total],
      symbol: each.isRegion ? "rect" : "circle",
      symbolSize: sized(pointSize, each.total / most),
      itemStyle: { color: colourOf(each.malicious > 0), opacity: 0.85 },
      tooltip: { formatter: words(each) },
    })),
  };
}

const homeSeries = (name: string, { lamp, soft }: ChartColours): object => ({
  type: "scatter",
  coordinateSystem: "geo",
  silent: true,
  symbol: "diamond",
  symbolSize: 14,
  itemStyle: { color: lamp },
  label: { show: true, formatter: name, position: "bottom", color: soft, fontSize: 11 },
  data: [{ name, value: [...nowhere, 0] }],
});

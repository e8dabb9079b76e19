import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { ChangeUnit } from "../../inspection/change/change-answer.ts";
import type { ChangeGist } from "../../inspection/change/gist.ts";
import type { IncidentAnswer } from "../api/incidents.ts";
import { type Formats, formatsOf } from "./moments.ts";

/** Of the answer's sentences, which the control plane writes in English. */
const ownLanguage = "en";
/** With less than this no destination is named as the one. */
const namedShareMin = 0.5;

/** How an answer's first words read in the reader's language: the control plane's own, or made of its values. */
export function useHeadline(): (answer: IncidentAnswer) => string {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  return ({ sentence, gist }) =>
    language === ownLanguage || !gist
      ? firstOf(sentence, gist)
      : headlineOf(gist, t, formatsOf(language));
}

/** What the paragraph says besides, in English. */
export const restOf = (sentence: string, headline: string): string =>
  sentence.startsWith(headline) ? sentence.slice(headline.length).trim() : sentence;

/** The first sentence, and the next where only that says where it went. */
export function firstOf(paragraph: string, gist: ChangeGist | undefined): string {
  const [first = "", second = ""] = paragraph.split(/(?<=\.)\s+(?=[A-Z0-9])/);
  const name = gist?.destination?.name;
  const isNamedLater = name !== undefined && !first.includes(name) && second.includes(name);
  return isNamedLater ? `${first} ${second}` : first;
}

/** `Likely an exfiltration: bytes out went from 1 kB/s to 1 MB/s at 02:00. 98 % of the increase: 192.0.2.7:443.` */
export function headlineOf(gist: ChangeGist, t: TFunction, formats: Formats): string {
  const rise = riseText(gist, t, formats);
  const whereTo = gist.kind === "none" ? "" : whereText(gist, t, formats);
  const text = whereTo === "" ? rise : t("gist.two", { one: rise, other: whereTo });
  const what = t(`gistKind.${gist.kind}`, { defaultValue: "" });
  return what === ""
    ? text
    : t("gist.named", { what: capital(t(`gist.${gist.level}`, { what })), text });
}

function riseText(
  { kind, metric, unit, ...gist }: ChangeGist,
  t: TFunction,
  formats: Formats,
): string {
  const values = {
    metric: t(`gistMetric.${metric}`),
    after: valueText(gist.after, unit, t, formats),
    time: formats.moment(gist.at),
  };
  if (gist.before === null) return t("gist.only", values);
  const before = valueText(gist.before, unit, t, formats);
  return t(kind === "none" ? "gist.none" : "gist.rose", { ...values, before });
}

function whereText(
  { destination, destinationCount }: ChangeGist,
  t: TFunction,
  formats: Formats,
): string {
  if (!destination) return "";
  if (destination.share < namedShareMin) return t("gist.spread", { count: destinationCount });
  const share = formats.percent(destination.share);
  return t("gist.share", { share, destination: destination.name });
}

function valueText(value: number, unit: ChangeUnit, t: TFunction, formats: Formats): string {
  if (unit === "bytes/s") return formats.rate(value);
  const rounded = value >= 100 ? Math.round(value) : Number(value.toPrecision(2));
  return t(`gistUnit.${unit.split("/")[0]}`, { value: formats.number(rounded) });
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

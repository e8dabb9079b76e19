import type { Confidence } from "../findings/finding.ts";
import { visible } from "../summary/safe-text.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatShare,
  plural,
} from "../summary/units.ts";
import type {
  BaselineWhen,
  ChangeAnswer,
  ChangeComparison,
  ChangeMetric,
  ChangePeriod,
  ChangeRow,
  ChangeUnit,
} from "./change-answer.ts";
import type { ChangeOptions } from "./change-options.ts";
import { seenText } from "./seen-before.ts";
import { explainedShareMin, increaseFactorMin } from "./thresholds.ts";

/** How a sentence about the metric begins, and what more of it is called. */
const nouns: Record<ChangeMetric, { begin: string; extra: string }> = {
  bytesOut: { begin: "Bytes out", extra: "extra bytes" },
  bytesIn: { begin: "Bytes in", extra: "extra bytes" },
  packetsOut: { begin: "Packets out", extra: "extra packets" },
  packetsIn: { begin: "Packets in", extra: "extra packets" },
  connections: { begin: "New connections", extra: "extra connections" },
  retransmissions: { begin: "Retransmissions", extra: "extra retransmissions" },
  latency: { begin: "The time that answers take", extra: "extra waiting" },
  denied: { begin: "Refused attempts", extra: "extra attempts" },
};

/** A value of the answer as people read it: `1.4 MB/s`, `12 connections/s`, `320 ms`. */
export function changeValueText(value: number, unit: ChangeUnit): string {
  if (unit === "bytes/s") return `${formatBytes(value)}/s`;
  if (unit === "milliseconds") return formatDuration(value * 1e6);
  const shown = value >= 100 ? Math.round(value) : Number(value.toPrecision(2));
  return `${formatCount(shown)} ${unit}`;
}

/** `01:58:12 UTC` of milliseconds since the epoch. */
export function timeOfDay(milliseconds: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return "an unknown time";
  return `${formatInstant(date.toISOString())?.slice(11, 19) ?? ""} UTC`;
}

type Told = Omit<ChangeAnswer, "sentence"> & { title: string; says: string };

/** The answer as one paragraph. */
export function sentenceOf(told: Told, options: ChangeOptions): string {
  const asked = visible(options.momentName ?? "the alert");
  if (told.kind === "none") return noneText(told, asked);
  const sentences = [
    titled(told, leadText(told, asked)),
    whatText(told),
    told.says,
    comparisonText(told),
  ];
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

const likelihoods: Record<Confidence["level"], string> = {
  certain: "",
  likely: "Likely ",
  possible: "Possibly ",
};

/** What it is comes first: a message is often seen by its first words alone. */
function titled({ title, confidence }: Told, lead: string): string {
  if (title === "") return lead;
  const words = `${likelihoods[confidence.level]}${title}`;
  return `${capital(words)}: ${lead.charAt(0).toLowerCase()}${lead.slice(1)}`;
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function leadText({ metric, unit, before, after, onset, moment }: Told, asked: string): string {
  const { begin } = nouns[metric];
  const now = changeValueText(after.value, unit);
  if (!before)
    return `Nothing was recorded from before ${asked}, so this tells of all traffic since ${timeOfDay(after.from)}: ${begin.charAt(0).toLowerCase()}${begin.slice(1)} ${metric === "latency" ? "is" : "are"} ${now}.`;
  if (isUnanswered(metric, before))
    return `${begin} is ${now}${whenText(onset, moment, asked)}; there were no answers before.`;
  const from = changeValueText(before.value, unit);
  return `${begin} rose from ${from} to ${now}${whenText(onset, moment, asked)}.`;
}

/** A mean of nothing is no value. */
const isUnanswered = (metric: ChangeMetric, { total }: ChangePeriod): boolean =>
  metric === "latency" && total === 0;

function whenText(onset: number | null, moment: number, asked: string): string {
  if (onset === null) return ` after ${asked} at ${timeOfDay(moment)}`;
  const early = moment - onset;
  const at = ` at ${timeOfDay(onset)}`;
  if (Math.abs(early) < 1_000) return at;
  const apart = formatDuration(Math.abs(early) * 1e6);
  return `${at}, ${apart} ${early > 0 ? "before" : "after"} ${asked}`;
}

/** Where it went: the greatest part, or that there is none. */
function whatText(told: Told): string {
  const [top] = destinationsOf(told).rows;
  const { extra } = nouns[told.metric];
  const whole = told.before ? `the ${extra}` : "it";
  if (top && top.share >= explainedShareMin)
    return `${formatShare(top.share, 1)} of ${whole}: ${rowText(top, told.moment)}.`;
  const { count } = destinationsOf(told);
  if (told.kind === "spread")
    return top
      ? `The ${told.before ? "increase" : "traffic"} is spread over ${plural(count, "destination")}; the largest, ${rowText(top, told.moment)}, has ${formatShare(top.share, 1)}.`
      : "";
  return `One cause has ${formatShare(told.explained, 1)} of ${whole}.`;
}

const noPart: Pick<ChangeAnswer["parts"][number], "rows" | "count"> = { rows: [], count: 0 };

const destinationsOf = ({ parts }: Pick<ChangeAnswer, "parts">): typeof noPart =>
  parts.find(({ by }) => by === "destination") ?? noPart;

/** `203.0.113.7:443 (files.example.com, AS64500 Example, NL), curl (pid 812), first seen 01:58:12 UTC, on list X`. */
export function rowText(row: ChangeRow, moment: number): string {
  const { name, detail, process, firstSeen, threat } = row;
  return [
    detail === "" ? name : `${name} (${detail})`,
    process,
    firstSeen === null ? null : `first seen ${timeOfDay(firstSeen)}`,
    seenText(row.seenBefore, moment),
    threat,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

const whens: Record<BaselineWhen, string> = {
  hourEarlier: "an hour earlier",
  dayEarlier: "a day earlier",
  weekEarlier: "a week earlier",
};

function comparisonText({ comparisons, unit }: Pick<Told, "comparisons" | "unit">): string {
  const known = comparisons.filter(hasValue);
  if (known.length === 0) return "";
  const texts = known.map(({ when, value, destinations: [top] }) => {
    const most = unit === "bytes/s" && top ? ` (most with ${top.address})` : "";
    return `${changeValueText(value, unit)} ${whens[when]}${most}`;
  });
  return `By the flow tables this host had ${texts.join(", ")}.`;
}

const hasValue = (one: ChangeComparison): one is ChangeComparison & { value: number } =>
  one.value !== null;

/** That there is no increase, and whether there was one before the recording. */
function noneText(told: Told, asked: string): string {
  const { metric, unit, before, after, moment } = told;
  const { begin } = nouns[metric];
  const now = changeValueText(after.value, unit);
  if (!before)
    return [
      `Nothing of it is in the capture: ${begin.toLowerCase()} since ${timeOfDay(moment)}: ${now}, and nothing was recorded from before ${asked}.`,
      comparisonText(told),
    ]
      .filter((sentence) => sentence !== "")
      .join(" ");
  if (isUnanswered(metric, before))
    return `${begin} is no longer than that of others before: ${now} after ${asked} at ${timeOfDay(moment)}.`;
  const value = changeValueText(before.value, unit);
  const isLittle = after.value >= increaseFactorMin * before.value;
  const isEarlier = told.comparisons
    .filter(hasValue)
    .some((one) => after.value >= increaseFactorMin * one.value);
  return [
    `${begin} ${isLittle ? "hardly increased" : "did not increase"}: ${value} before ${asked} at ${timeOfDay(moment)}, ${now} after.`,
    isEarlier ? "It was as much when the recording began, so the increase came before." : "",
    comparisonText(told),
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

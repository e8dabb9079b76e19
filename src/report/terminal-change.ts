import type { ChangeAnswer } from "../inspection/change/change-answer.ts";
import { seenText } from "../inspection/change/seen-before.ts";
import { changeValueText, timeOfDay } from "../inspection/change/sentence.ts";
import { visible } from "../inspection/summary/safe-text.ts";
import { formatShare } from "../inspection/summary/units.ts";
import { changeParagraph, partTitles } from "./change-text.ts";
import { columns, wrapped, type Row } from "./terminal-columns.ts";
import { sparkline, type Style } from "./terminal-style.ts";

const rowCountMax = 5;
const detailLengthMax = 100;

/** What changed, for a terminal: the paragraph, the metric over time, the parts. */
export function changeLines(
  change: ChangeAnswer,
  { style, width }: { style: Style; width: number },
): string[] {
  const { confidence, timeLine, onset, moment, evidence } = change;
  const when = `${onset === null ? "" : `began ${timeOfDay(onset)}, `}asked about ${timeOfDay(moment)}`;
  return [
    ...wrapped(changeParagraph(change), width - 4),
    style.soft(`${confidence.level}: ${visible(confidence.reason, 200)}`),
    "",
    sparkline(squeezed(timeLine.values, width - 4)),
    style.soft(`from ${timeOfDay(timeLine.from)}; ${when}`),
    ...change.parts.flatMap((part) => partLines(part, change, style)),
    ...(evidence.displayFilter === null
      ? []
      : ["", style.soft(`display filter: ${visible(evidence.displayFilter, 200)}`)]),
    ...change.caveats.map((caveat) => style.soft(`note: ${visible(caveat, 200)}`)),
  ];
}

/** Neighbours as one, their mean, until they fit. */
function squeezed(values: readonly number[], countMax: number): number[] {
  const step = Math.max(1, Math.ceil(values.length / countMax));
  return Array.from({ length: Math.ceil(values.length / step) }, (_, at) => {
    const some = values.slice(at * step, (at + 1) * step);
    return some.reduce((total, value) => total + value, 0) / some.length;
  });
}

function partLines(
  { by, rows, count }: ChangeAnswer["parts"][number],
  { unit, before, moment }: ChangeAnswer,
  style: Style,
): string[] {
  if (rows.length === 0) return [];
  const head: Row = [
    partTitles[by],
    { right: "before" },
    { right: "after" },
    { right: "share" },
    "",
  ];
  const told = rows.slice(0, rowCountMax).map((row): Row => {
    const seen = seenText(row.seenBefore, moment);
    const facts = [row.detail, row.process, seen, row.threat].filter(
      (fact) => fact !== null && fact !== "",
    );
    return [
      visible(row.name),
      { right: before ? changeValueText(row.before, unit) : "-" },
      { right: changeValueText(row.after, unit) },
      { right: formatShare(row.share, 1) },
      visible(facts.join(", "), detailLengthMax),
    ];
  });
  const more = count - told.length;
  const [title = "", ...lines] = columns([head, ...told]);
  return ["", style.soft(title), ...lines, ...(more > 0 ? [style.soft(`and ${more} more`)] : [])];
}

import type { ChangeAnswer, ChangePart, ChangeRow } from "../inspection/change/change-answer.ts";
import { seenText } from "../inspection/change/seen-before.ts";
import { changeValueText, timeOfDay } from "../inspection/change/sentence.ts";
import { formatDuration, formatShare } from "../inspection/summary/units.ts";
import { changeParagraph, partTitles } from "./change-text.ts";
import type { ReportDocument } from "./document.ts";
import { html, trustedMarkup, type Html } from "./html-escape.ts";
import { barHtml, moreHtml, nameHtml, percent, sentencesHtml } from "./html-parts.ts";

/** Rows of the table; the JSON has more. */
const rowCountMax = 5;
const plotTop = 18;
const plotHeight = 110;
const axisHeight = 20;

/** What changed: one paragraph, one picture, one table. */
export function changeSection({ change }: ReportDocument): Html | null {
  if (!change) return null;
  return html`<section aria-labelledby="change">
    <h2 id="change">What changed</h2>
    <p class="lead">${sentencesHtml(changeParagraph(change))}</p>
    <p class="small soft">${certaintyHtml(change)}</p>
    ${picture(change)} ${tables(change)}
    ${change.caveats.length > 0 && html`<p class="more">${change.caveats.join("; ")}.</p>`}
  </section>`;
}

function certaintyHtml({ confidence, evidence }: ChangeAnswer): Html {
  return html`<b>${confidence.level.charAt(0).toUpperCase()}${confidence.level.slice(1)}</b>:
    ${confidence.reason}.
    ${evidence.frames.length > 0 && html`${evidence.frames.length === 1 ? "Frame" : "Frames"} ${evidence.frames.slice(0, 5).join(", ")}.`}
    ${evidence.displayFilter !== null && html`In Wireshark: <code>${evidence.displayFilter}</code>`}`;
}

/** The metric over time, with the moment and the onset marked; as wide as the page. */
function picture(change: ChangeAnswer): Html | null {
  const { timeLine, unit, before, after } = change;
  const { values } = timeLine;
  if (values.length < 2) return null;
  const most = values.reduce((greatest, value) => Math.max(greatest, value), 0);
  const bottom = plotTop + plotHeight;
  const startOf = (at: number): number => timeLine.from + at * timeLine.columnMilliseconds;
  const bars = values.map((value, at) => {
    const height = most > 0 ? Number(((value / most) * plotHeight).toFixed(1)) : 0;
    const kind = startOf(at) >= after.from ? "f-out" : "f-bar";
    return height > 0
      ? html`<rect
          class="${kind}"
          x="${percent(at / values.length)}"
          y="${bottom - height}"
          width="${percent(0.86 / values.length)}"
          height="${height}"
        />`
      : null;
  });
  const label = `${changeValueText(most, unit)} at most; ${before ? `${changeValueText(before.value, unit)} before, ` : ""}${changeValueText(after.value, unit)} after`;
  return html`<p class="small soft">
      <span class="key plain"></span>before &ensp;<span class="key out"></span>after, each column
      ${formatDuration(timeLine.columnMilliseconds * 1e6)}
    </p>
    <svg width="100%" height="${bottom + axisHeight + 16}" role="img" aria-label="${label}">
      ${bars}
      <line class="s-line" x1="0" x2="100%" y1="${bottom}" y2="${bottom}" />
      <text class="dim" x="0" y="11">${changeValueText(most, unit)} at most</text>
      ${marks(change, bottom)}
    </svg>`;
}

/** The instants worth a line, under the axis: the onset above, the alert below it. */
function marks(change: ChangeAnswer, bottom: number): (Html | null)[] {
  const { timeLine, onset, moment } = change;
  const span = timeLine.values.length * timeLine.columnMilliseconds;
  const mark = (time: number, text: string, row: number): Html | null => {
    const share = (time - timeLine.from) / span;
    if (!(share >= 0 && share <= 1)) return null;
    const x = percent(share);
    const anchor = share > 0.6 ? "end" : "start";
    return html`<line
        class="${row === 0 ? "s-accent" : "s-problem"}"
        x1="${x}"
        x2="${x}"
        y1="${plotTop - 4}"
        y2="${bottom + 3}"
        ${row === 1 && trustedMarkup('stroke-dasharray="4 3"')}
      /><text class="dim" x="${x}" y="${bottom + 15 + row * 15}" text-anchor="${anchor}"
        >${text} ${timeOfDay(time)}</text
      >`;
  };
  return [onset === null ? null : mark(onset, "began", 0), mark(moment, "asked about", 1)];
}

/** The table by destination, and the others folded. */
function tables(change: ChangeAnswer): Html | null {
  const [first, ...others] = change.parts.filter(({ rows }) => rows.length > 0);
  if (!first) return null;
  return html`${table(first, change)}
  ${others.map(
    (part) =>
      html`<details>
        <summary class="small">By ${partTitles[part.by].toLowerCase()}</summary>
        ${table(part, change)}
      </details>`,
  )}`;
}

function table(part: ChangePart, change: ChangeAnswer): Html {
  const rows = part.rows.slice(0, rowCountMax);
  return html`<div class="scroll">
      <table class="tree">
        <thead>
          <tr>
            <th scope="col">${partTitles[part.by]}</th>
            <th scope="col" class="num">Before</th>
            <th scope="col" class="num">After</th>
            <th scope="col" class="num">Share</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => rowHtml(row, change))}
        </tbody>
      </table>
    </div>
    ${moreHtml(part.count - rows.length, "with a smaller share")}`;
}

function rowHtml(row: ChangeRow, { unit, before, moment }: ChangeAnswer): Html {
  const facts = [
    row.detail === "" ? null : row.detail,
    row.process,
    row.firstSeen === null ? null : `first seen ${timeOfDay(row.firstSeen)}`,
    seenText(row.seenBefore, moment),
    row.threat,
  ].filter((fact) => fact !== null);
  const more = facts.length > 0 && html`<span class="small soft">${facts.join(", ")}</span>`;
  return html`<tr>
      <th scope="row">${nameHtml(row.name)}</th>
      <td class="num">${before ? changeValueText(row.before, unit) : "-"}</td>
      <td class="num">${changeValueText(row.after, unit)}</td>
      <td class="num">${formatShare(row.share, 1)}</td>
    </tr>
    <tr class="facts-row">
      <td colspan="4">${more}${barHtml(row.share, "plain")}</td>
    </tr> `;
}

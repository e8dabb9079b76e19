import {
  columnBytes,
  timeLine,
  type TimeColumn,
  type TimeLine,
} from "../inspection/summary/time-line.ts";
import {
  formatBytes,
  formatDuration,
  formatInstant,
  isoNanoseconds,
} from "../inspection/summary/units.ts";
import type { ReportDocument } from "./document.ts";
import { html, type Html } from "./html-escape.ts";
import { nameHtml, percent } from "./html-parts.ts";

/** Columns that are still told apart on the narrowest page. */
const columnCountMax = 120;
const plotTop = 16;
const plotHeight = 120;
const axisHeight = 22;

/** Bytes over time; with a home address what it sent stands up, and what it received hangs down. */
export function timeLineSection(document: ReportDocument): Html | null {
  const line = timeLine(document, columnCountMax);
  if (!line || line.columns.length < 2) return null;
  const { home, columnNanoseconds } = line;
  const key =
    home === null
      ? html`All bytes`
      : html`<span class="key out"></span>sent by ${nameHtml(home)} &ensp;<span
            class="key in"
          ></span
          >received by it`;
  return html`<section aria-labelledby="time">
    <h2 id="time">Time line</h2>
    <p class="small soft">${key}, each column ${formatDuration(columnNanoseconds)}.</p>
    ${plot(line)}
  </section>`;
}

const maxOf = (columns: readonly TimeColumn[], value: (column: TimeColumn) => number): number =>
  columns.reduce((most, column) => Math.max(most, value(column)), 0);

const upward = (home: string | null, column: TimeColumn): number =>
  home === null ? columnBytes(column) : column.sentBytes + column.otherBytes;

function plot(line: TimeLine): Html {
  const { columns, home, columnNanoseconds } = line;
  const up = maxOf(columns, (column) => upward(home, column));
  const down = home === null ? 0 : maxOf(columns, ({ receivedBytes }) => receivedBytes);
  const whole = Math.max(1, up + down);
  const zero = plotTop + Math.round((plotHeight * up) / whole);
  const scale = plotHeight / whole;
  const bars = columns.map((column, at) => columnHtml(column, { at, line, zero, scale }));
  const rate = (bytes: number): string => `${formatBytes(bytes / (columnNanoseconds / 1e9))}/s`;
  const bottom = plotTop + plotHeight;
  return html`<svg
    width="100%"
    height="${bottom + axisHeight + (down > 0 ? 14 : 0)}"
    role="img"
    aria-label="Bytes over time in ${columns.length} columns; at most ${rate(Math.max(up, down))}"
  >
    ${bars}
    <line class="s-line" x1="0" x2="100%" y1="${zero}" y2="${zero}" />
    ${up > 0 && html`<text class="dim" x="0" y="11">${rate(up)} at most</text>`}
    ${down > 0 && html`<text class="dim" x="0" y="${bottom + 13}">${rate(down)} at most</text>`}
    ${axis(line, bottom + axisHeight + (down > 0 ? 10 : -4))}
  </svg>`;
}

interface Place {
  at: number;
  line: TimeLine;
  zero: number;
  /** Pixels for a byte. */
  scale: number;
}

function columnHtml(column: TimeColumn, { at, line, zero, scale }: Place): Html | null {
  const width = 1 / line.columns.length;
  const rect = (bytes: number, kind: string, top: number, height: number): Html | null =>
    bytes <= 0
      ? null
      : html`<rect
          class="${kind}"
          x="${percent(at * width)}"
          y="${top}"
          width="${percent(width * 0.86)}"
          height="${height}"
        />`;
  const pixels = (bytes: number): number => Math.max(1.5, Number((bytes * scale).toFixed(1)));
  if (line.home === null) {
    const all = columnBytes(column);
    return rect(all, "f-bar", zero - pixels(all), pixels(all));
  }
  const { sentBytes, otherBytes, receivedBytes } = column;
  const sent = sentBytes > 0 ? pixels(sentBytes) : 0;
  return html`${rect(sentBytes, "f-out", zero - sent, sent)}${rect(otherBytes, "f-bar", zero - sent - pixels(otherBytes), pixels(otherBytes))}${rect(receivedBytes, "f-in", zero, pixels(receivedBytes))}`;
}

/** When it began, and how long after that the middle and the end are. */
function axis({ startNanoseconds, columns, columnNanoseconds }: TimeLine, y: number): Html {
  const iso = startNanoseconds === null ? null : isoNanoseconds(startNanoseconds);
  const start = iso === null ? "0 s" : (formatInstant(iso)?.slice(11, 19) ?? "0 s");
  const span = columns.length * columnNanoseconds;
  return html`<text class="dim" x="0" y="${y}">${start}</text
    ><text class="dim" x="50%" y="${y}" text-anchor="middle">+${formatDuration(span / 2)}</text
    ><text class="dim" x="100%" y="${y}" text-anchor="end">+${formatDuration(span)}</text>`;
}

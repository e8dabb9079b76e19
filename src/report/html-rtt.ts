import type { ReportDocument } from "./document.ts";
import { endpointText } from "../inspection/summary/safe-text.ts";
import { html, type Html } from "./html-escape.ts";
import { nameHtml, percent } from "./html-parts.ts";
import {
  axisPosition,
  type RttSummary,
  type StreamRtt,
} from "../inspection/summary/initial-rtt.ts";
import { formatCount, formatDuration, plural } from "../inspection/summary/units.ts";

const slowestCountMax = 6;
const plotTop = 44;
const plotHeight = 84;
const floor = plotTop + plotHeight;

export function rttSection({ initialRtt, tcp }: ReportDocument): Html | null {
  if (!initialRtt) return null;
  const { medianNanoseconds, p95Nanoseconds, worst, count } = initialRtt;
  const without = tcp.streamCount - count;
  return html`<section aria-labelledby="rtt">
    <h2 id="rtt">Initial round-trip time</h2>
    <dl class="trio">
      <div>
        <dt>median</dt>
        <dd>${durationHtml(medianNanoseconds)}</dd>
      </div>
      <div>
        <dt>95 of 100 within</dt>
        <dd>${durationHtml(p95Nanoseconds)}</dd>
      </div>
      <div>
        <dt>worst</dt>
        <dd>${durationHtml(worst.nanoseconds)}</dd>
      </div>
    </dl>
    ${plot(initialRtt)}
    <p class="small soft">
      How long ${plural(count, "TCP connection")} took to
      open${without > 0 && `; ${plural(without, "stream")} without a whole handshake`}. Logarithmic
      scale.
    </p>
    ${slowestTable(initialRtt.slowest)}
  </section>`;
}

const durationHtml = (nanoseconds: number): Html =>
  html`<span title="${formatCount(nanoseconds)} ns">${formatDuration(nanoseconds)}</span>`;

function plot(summary: RttSummary): Html {
  const { histogram, medianNanoseconds, p95Nanoseconds, worst } = summary;
  const most = Math.max(1, ...histogram.bins);
  const bars = histogram.bins.map((count, at) => {
    if (count === 0) return null;
    const height = Math.max(3, Math.round((count / most) * (plotHeight - 4)));
    const width = 1 / histogram.bins.length;
    return html`<rect
      class="f-bar"
      x="${percent(at * width)}"
      y="${floor - height}"
      width="${percent(width * 0.86)}"
      height="${height}"
      rx="1.5"
    />`;
  });
  const mark = (value: number, name: string, kind: string, y: number): Html =>
    markHtml({ at: axisPosition(histogram, value), name, kind, y });
  return html`<svg
    width="100%"
    height="${floor + 24}"
    role="img"
    aria-label="Distribution of initial round-trip times: median ${formatDuration(medianNanoseconds)}, 95th percentile ${formatDuration(p95Nanoseconds)}, worst ${formatDuration(worst.nanoseconds)}"
  >
    ${bars}
    <line class="s-line" x1="0" x2="100%" y1="${floor}" y2="${floor}" />
    ${ticks(histogram)}
    ${mark(medianNanoseconds, "median", "s-ink", 38)}${mark(p95Nanoseconds, "p95", "s-accent", 24)}${mark(worst.nanoseconds, "worst", "s-problem", 10)}
  </svg>`;
}

interface Mark {
  at: number;
  name: string;
  kind: string;
  y: number;
}

/** A labelled line; the label turns inwards near the right edge. */
function markHtml({ at, name, kind, y }: Mark): Html {
  const turned = at > 0.7;
  const anchor = turned ? "end" : "start";
  return html`<line
      class="${kind}"
      x1="${percent(at)}"
      x2="${percent(at)}"
      y1="${y - 6}"
      y2="${floor}"
      stroke-width="1.5"
      stroke-dasharray="3 3"
    /><svg x="${percent(at)}" overflow="visible">
      <text class="dim" x="${turned ? -5 : 5}" y="${y + 2}" text-anchor="${anchor}">${name}</text>
    </svg>`;
}

/** One tick for each decade; with many of them every second is named. */
function ticks({ fromNanoseconds, toNanoseconds }: RttSummary["histogram"]): Html[] {
  const first = Math.round(Math.log10(fromNanoseconds));
  const last = Math.round(Math.log10(toNanoseconds));
  const step = last - first > 5 ? 2 : 1;
  const found: Html[] = [];
  for (let decade = first; decade <= last; decade += step) {
    const at = (decade - first) / (last - first);
    const anchor = decade === first ? "start" : at > 0.95 ? "end" : "middle";
    found.push(
      html`<text class="dim" x="${percent(at)}" y="${floor + 18}" text-anchor="${anchor}"
        >${formatDuration(10 ** decade)}</text
      >`,
    );
  }
  return found;
}

function slowestTable(slowest: readonly StreamRtt[]): Html {
  const shown = slowest.slice(0, slowestCountMax);
  return html`<div class="scroll">
    <table>
      <caption>
        Slowest first
      </caption>
      <thead>
        <tr>
          <th scope="col">To</th>
          <th scope="col" class="num">Stream</th>
          <th scope="col" class="num">Initial RTT</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          ({ to, port, stream, nanoseconds }) =>
            html`<tr>
              <th scope="row">${nameHtml(endpointText(to, port))}</th>
              <td class="num">${stream}</td>
              <td class="num">${durationHtml(nanoseconds)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

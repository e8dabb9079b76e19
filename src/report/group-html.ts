import { changeValueText, timeOfDay } from "../inspection/change/sentence.ts";
import { formatDuration } from "../inspection/summary/units.ts";
import { kindNames } from "./change-text.ts";
import {
  awaitedText,
  changedMembers,
  groupHeadline,
  type GroupMember,
  type GroupReportInput,
  hostOf,
} from "./group-report.ts";
import { html, trustedMarkup, type Html } from "./html-escape.ts";
import { instantHtml, keepUnits, nameHtml, percent, sentencesHtml } from "./html-parts.ts";
import { contentSecurityPolicy, moon } from "./html-page.ts";
import { styleSheet } from "./html-style.ts";

const rowHeight = 46;
const labelHeight = 15;
const axisHeight = 22;

/** Several captures as one page: what changed on which host, one time line, then a section for each. */
export function renderGroupHtml(input: GroupReportInput): string {
  const { title, createdAt, members } = input;
  const awaited = awaitedText(input);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="${trustedMarkup(contentSecurityPolicy)}"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="format-detection" content="telephone=no, address=no, email=no" />
        <title>${title} - Nightcap</title>
        <style>
          ${trustedMarkup(styleSheet)}
        </style>
      </head>
      <body>
        <header>
          <div class="brand">
            ${moon}<b>Nightcap</b><span>report of several captures</span>${instantHtml(createdAt)}
          </div>
          <p class="kicker">${title}</p>
          <h1>${keepUnits(groupHeadline(input))}</h1>
          ${awaited !== null && html`<p class="soft">${awaited}; this page is made again then.</p>`}
        </header>
        <main>${summaryTable(members)} ${timeLine(members)} ${members.map(memberSection)}</main>
        <footer>
          <p>Made by Nightcap, ${instantHtml(createdAt)}. All times are UTC.</p>
          <p>
            Names and alert texts are shown as they were received: whoever sent them chose them.
          </p>
        </footer>
      </body>
    </html> `.markup;
}

function summaryTable(members: readonly GroupMember[]): Html {
  return html`<section aria-labelledby="summary">
    <h2 id="summary">What changed where</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">What</th>
            <th scope="col" class="num">Before</th>
            <th scope="col" class="num">After</th>
            <th scope="col" class="num">Began</th>
          </tr>
        </thead>
        <tbody>
          ${ordered(members).map(summaryRow)}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** Those that changed first, by when; then the others. */
function ordered(members: readonly GroupMember[]): GroupMember[] {
  const changed = changedMembers(members).map(({ member }) => member);
  return [...changed, ...members.filter((member) => !changed.includes(member))];
}

function summaryRow(member: GroupMember): Html {
  const { summary, problem } = member;
  const change = summary?.change ?? null;
  const value = (number: number | null): string =>
    change && number !== null ? changeValueText(number, change.unit) : "-";
  const what = change ? `${kindNames[change.kind]} (${change.certainty})` : null;
  return html`<tr>
    <th scope="row"><a href="#s-${member.sessionId}">${nameHtml(hostOf(member))}</a></th>
    <td>${what ?? summary?.headline ?? problem ?? "not inspected"}</td>
    <td class="num">${value(change?.before ?? null)}</td>
    <td class="num">${value(change?.after ?? null)}</td>
    <td class="num">${change?.onset == null ? "-" : timeOfDay(change.onset)}</td>
  </tr>`;
}

/** All hosts above one axis, each in its own scale: when is what they share, not how much. */
function timeLine(members: readonly GroupMember[]): Html | null {
  const rows = ordered(members).flatMap((member) => {
    const line = member.summary?.change?.timeLine;
    return line && line.values.length > 1 ? [{ member, line }] : [];
  });
  if (rows.length === 0) return null;
  const from = Math.min(...rows.map(({ line }) => line.from));
  const to = Math.max(
    ...rows.map(({ line }) => line.from + line.values.length * line.columnMilliseconds),
  );
  const height = rows.length * (rowHeight + labelHeight) + axisHeight;
  const x = (time: number): string => percent((time - from) / (to - from));
  const drawn = rows.map(({ member, line }, at) => {
    const bottom = (at + 1) * (rowHeight + labelHeight);
    const change = member.summary?.change ?? null;
    const most = Math.max(...line.values);
    return html`<text class="dim" x="0" y="${bottom - rowHeight - 3}"
        >${hostOf(member)}${change && `, ${changeValueText(most, change.unit)} at most`}</text
      >
      ${columns(line, { from, to, bottom, onset: change?.onset ?? null })}
      <line class="s-line" x1="0" x2="100%" y1="${bottom}" y2="${bottom}" />
      ${change && mark(x(change.moment), bottom, "s-problem")}
      ${change?.onset != null && mark(x(change.onset), bottom, "s-accent")}`;
  });
  return html`<section aria-labelledby="time-line">
    <h2 id="time-line">One time line</h2>
    <p class="small soft">
      ${timeOfDay(from)} to ${timeOfDay(to)}, ${formatDuration((to - from) * 1e6)}; each host in a
      scale of its own; a line where it began, a dashed one at the moment that was asked about
    </p>
    <svg
      width="100%"
      height="${height}"
      role="img"
      aria-label="What was measured on each host over time"
    >
      ${drawn}
      <text class="dim" x="0" y="${height - 6}">${timeOfDay(from)}</text>
      <text class="dim" x="100%" y="${height - 6}" text-anchor="end">${timeOfDay(to)}</text>
    </svg>
  </section>`;
}

function columns(
  line: { from: number; columnMilliseconds: number; values: readonly number[] },
  axis: { from: number; to: number; bottom: number; onset: number | null },
): (Html | null)[] {
  const most = Math.max(...line.values);
  const span = axis.to - axis.from;
  return line.values.map((value, at) => {
    if (!(value > 0) || !(most > 0)) return null;
    const start = line.from + at * line.columnMilliseconds;
    const height = Number(((value / most) * (rowHeight - 4)).toFixed(1));
    const isAfter = axis.onset !== null && start + line.columnMilliseconds > axis.onset;
    return html`<rect
      class="${isAfter ? "f-out" : "f-bar"}"
      x="${percent((start - axis.from) / span)}"
      y="${axis.bottom - height}"
      width="${percent((0.86 * line.columnMilliseconds) / span)}"
      height="${height}"
    />`;
  });
}

const mark = (x: string, bottom: number, kind: "s-accent" | "s-problem"): Html =>
  html`<line
    class="${kind}"
    x1="${x}"
    x2="${x}"
    y1="${bottom - rowHeight}"
    y2="${bottom}"
    ${kind === "s-problem" && trustedMarkup('stroke-dasharray="4 3"')}
  />`;

function memberSection(member: GroupMember): Html {
  const { sessionId, summary, problem, reportLink, captureName } = member;
  const link = reportLink !== null && reportLink.startsWith("https://") ? reportLink : null;
  return html`<section aria-labelledby="s-${sessionId}">
    <h2 id="s-${sessionId}">${hostOf(member)}</h2>
    ${summary && html`<p class="lead">${summary.change ? sentencesHtml(summary.change.sentence) : keepUnits(summary.headline)}</p>`}
    <div class="story alone">
      <ul>
        ${(summary?.packetsSay ?? []).map((sentence) => html`<li>${keepUnits(sentence)}.</li>`)}
        ${(summary?.warnings ?? []).map((warning) => html`<li>Not covered: ${warning}.</li>`)}
        ${problem !== null && html`<li>${problem}</li>`}
      </ul>
    </div>
    <p class="small soft">
      Capture
      ${captureName}${summary?.rule != null && html`, of alert ${summary.rule}`}${summary?.firedTime != null && html`, fired ${instantHtml(summary.firedTime)}`}.
      ${link !== null && html`<a href="${link}">Its whole report</a>`}
    </p>
  </section>`;
}

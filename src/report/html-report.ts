import { severityText } from "./alert-sentence.ts";
import { reportDocument, type ReportDocument } from "./document.ts";
import { changeSection } from "./html-change.ts";
import { coverageSection } from "./html-coverage.ts";
import { html, jsonForScript, trustedMarkup, type Html, type HtmlValue } from "./html-escape.ts";
import { findingsSection } from "./html-findings.ts";
import { answerTimesSection } from "./html-latency.ts";
import { ownersSection } from "./html-owners.ts";
import { streamsSection } from "./html-streams.ts";
import { timeLineSection } from "./html-time-line.ts";
import { fileSection } from "./html-file.ts";
import { bytesHtml, instantHtml, keepUnits } from "./html-parts.ts";
import { contentSecurityPolicy, moon } from "./html-page.ts";
import { protocolsSection } from "./html-protocols.ts";
import { rttSection } from "./html-rtt.ts";
import { styleSheet } from "./html-style.ts";
import { tcpSection } from "./html-tcp.ts";
import { conversationsSection, destinationsSection, namesSection } from "./html-traffic.ts";
import type { ReportInput } from "./report-input.ts";
import { formatCount, formatDuration } from "../inspection/summary/units.ts";

/**
 * The report as one HTML page that opens from a file without any network: the answer in words, then
 * findings, pictures and the file. `script#nightcap-report` holds the same as JSON.
 */
export function renderHtmlReport(input: ReportInput): string {
  const document = reportDocument(input);
  const title = [document.capture.host, document.answer.headline].filter((part) => part).join(": ");
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
        ${head(document)}
        <main>
          ${figures(document)} ${findingsSection(document)}
          <div class="pair">${rttSection(document)}${answerTimesSection(document)}</div>
          <div class="pair">${protocolsSection(document)} ${conversationsSection(document)}</div>
          ${ownersSection(document)}
          <div class="pair">${destinationsSection(document)}${namesSection(document)}</div>
          <div class="pair">${streamsSection(document)}${tcpSection(document)}</div>
          ${timeLineSection(document)} ${coverageSection(document)} ${fileSection(document)}
        </main>
        ${foot(document)}
        <script type="application/json" id="nightcap-report">
          ${jsonForScript(JSON.stringify(document))}
        </script>
      </body>
    </html> `.markup;
}

function head(document: ReportDocument): Html {
  const { alert, answer, capture, createdAt } = document;
  const kicker = [capture.host, alert?.rule ?? capture.name, alert && severityText(alert.severity)];
  return html`<header>
    <div class="brand">
      ${moon}<b>Nightcap</b><span>capture report</span>${instantHtml(createdAt)}
    </div>
    <p class="kicker">${kicker.filter((part) => part).join(" · ")}</p>
    <h1>${keepUnits(answer.headline)}</h1>
    ${changeSection(document)}
    <div class="story${alert === null && " alone"}">
      ${alert && happened(alert, answer.happened ?? "")}
      <div>
        <h2>What the packets say</h2>
        ${packetsSay(answer.packetsSay)}
      </div>
    </div>
  </header>`;
}

const packetsSay = (sentences: readonly string[]): Html =>
  sentences.length > 0
    ? html`<ul>
        ${sentences.map((sentence) => html`<li>${keepUnits(sentence)}.</li>`)}
      </ul>`
    : html`<p>No packet could be read from the file.</p>`;

const happened = (alert: NonNullable<ReportDocument["alert"]>, sentence: string): Html =>
  html`<div>
    <h2>What happened</h2>
    <p class="lead">${keepUnits(sentence)}.</p>
    <p class="small soft">
      Fired
      ${instantHtml(alert.firedTime)}${alert.description !== "" && html`<br />${alert.description}`}
    </p>
  </div>`;

function figures({ file, tcp, initialRtt, capture }: ReportDocument): Html {
  const span = Number(file.durationNanoseconds ?? "0");
  const dropped = capture.packetsDropped;
  const all: [string, HtmlValue, boolean][] = [
    ["packets", formatCount(file.packets), file.packets === 0],
    ["on the wire", bytesHtml(file.bytesOnWire), false],
    ["first to last", span > 0 ? formatDuration(span) : "-", false],
    ["TCP streams", formatCount(tcp.streamCount), false],
    ["median RTT", initialRtt ? formatDuration(initialRtt.medianNanoseconds) : "-", false],
    ["dropped", dropped === null ? "-" : formatCount(dropped), (dropped ?? 0) > 0],
  ];
  return html`<dl class="figures">
    ${all.map(([name, value, alarm]) => html`<div${alarm && trustedMarkup(' class="alarm"')}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

const foot = ({ createdAt }: ReportDocument): Html =>
  html`<footer>
    <p>
      Made by Nightcap, ${instantHtml(createdAt)}. All times are UTC; kB and MB are powers of 1,000;
      bytes are whole frames on the wire.
    </p>
    <p>
      Names and alert texts are shown as they were received: whoever sent them chose them. A host
      that records itself sees packets before its network card cuts and seals them, so sizes and
      checksums are not judged here.
    </p>
  </footer>`;

import type { ReportDocument } from "./document.ts";
import { html, type Html, type HtmlValue } from "./html-escape.ts";
import { instantHtml } from "./html-parts.ts";
import { shellWord } from "../inspection/summary/safe-text.ts";
import { exactBytes, formatBytes } from "../inspection/summary/units.ts";

/** Where the packets themselves are, how to be sure of them and how to open them. */
export function fileSection(document: ReportDocument): Html {
  const { capture, file } = document;
  const facts: [string, HtmlValue][] = [
    ["Capture", html`<span class="mono">${capture.name}</span>`],
    ["Host", capture.host],
    [
      "Size",
      `${formatBytes(capture.sizeBytes)} (${exactBytes(capture.sizeBytes)}), ${file.format}`,
    ],
    ["SHA-256", capture.sha256 && html`<span class="mono">${capture.sha256}</span>`],
    ["Stored at", capture.storedAt && html`<span class="mono">${capture.storedAt}</span>`],
    ["Left out", capture.privacy ?? null],
    ["Recorded", recordedTimes(document)],
    ["Resource", capture.resourceId && html`<span class="mono">${capture.resourceId}</span>`],
    ["Session", capture.sessionId && html`<span class="mono">${capture.sessionId}</span>`],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== "" && value !== false);
  return html`<section aria-labelledby="file">
    <h2 id="file">The file</h2>
    <div class="pair">
      <dl class="facts">
        ${known.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      <div>${commands(document)}</div>
    </div>
  </section>`;
}

function recordedTimes({ capture: { startTime, endTime } }: ReportDocument): Html | null {
  if (startTime === null && endTime === null) return null;
  const shown = (time: string | null): HtmlValue =>
    time === null ? "not known" : instantHtml(time);
  return html`${shown(startTime)}<br />to ${shown(endTime)}`;
}

function commands({ capture, findings }: ReportDocument): Html | null {
  const isFile = capture.resourceId === null;
  const path = isFile ? (capture.storedAt ?? capture.name) : `${capture.name}.cap`;
  const file = shellWord(path);
  const name = shellWord(capture.name);
  // A name that cannot be pasted safely gets no command.
  if (file === null || name === null)
    return html`<p class="soft">
      The capture's name cannot be pasted safely, so no commands are given.
    </p>`;
  const filter = findings
    .map(({ evidence }) => evidence.displayFilter)
    .find((text) => text !== null);
  const quoted = filter === undefined || filter === null ? null : shellWord(filter);
  const steps: [string, string | null][] = [
    ["Fetch it", isFile ? null : `nightcap capture download ${name} --output ${file}`],
    [
      "Make sure that it is unchanged",
      capture.sha256 && /^[0-9a-f]{64}$/.test(capture.sha256)
        ? `echo '${capture.sha256}  '${file} | sha256sum --check`
        : null,
    ],
    ["Open it in Wireshark", `wireshark -r ${file}`],
    ["Only the packets of the first finding", quoted && `wireshark -r ${file} -Y ${quoted}`],
    ["Read it here", `nightcap inspect ${file}`],
  ];
  return html`${steps
    .filter(([, command]) => command !== null)
    .map(
      ([what, command]) =>
        html`<p class="label">${what}</p>
          <pre><code>${command}</code></pre>`,
    )}`;
}

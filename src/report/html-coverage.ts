import type { ReportDocument } from "./document.ts";
import { html, type Html, type HtmlValue } from "./html-escape.ts";
import { bytesHtml, instantHtml } from "./html-parts.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  isoNanoseconds,
  parseNanoseconds,
  plural,
} from "../inspection/summary/units.ts";

const unknown = html`<span class="soft">not known</span>`;
const nothing = html`<span class="soft">-</span>`;

/** What was asked of the recording beside what came of it. */
export function coverageSection(document: ReportDocument): Html {
  const rows = [
    filterRow(document),
    ...beforeRows(document),
    ...limitRows(document),
    dropRow(document),
    intactRow(document),
    endRow(document),
    interfaceRow(document),
    timeRow(document),
  ];
  return html`<section aria-labelledby="coverage">
    <h2 id="coverage">Coverage: asked and got</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col"><span class="soft">What</span></th>
            <th scope="col">Asked</th>
            <th scope="col">Got</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${warningList(document)}
  </section>`;
}

/** What the host says of its recording is never left out: it may be why something is not in the file. */
function warningList({ capture }: ReportDocument): Html | null {
  const warnings = capture.coverage?.warnings ?? [];
  if (warnings.length === 0) return null;
  return html`<ul>
    ${warnings.map(({ code, message }) => html`<li><b>${code}</b>: ${message}</li> `)}
  </ul>`;
}

function beforeRows({ capture: { coverage } }: ReportDocument): Html[] {
  if (!coverage || coverage.asked.beforeSeconds === 0) return [];
  const { asked, got, moment } = coverage;
  const isWhole = got.beforeSeconds >= asked.beforeSeconds - 0.5;
  const seconds = formatDuration(got.beforeSeconds * 1e9);
  return [
    row(
      "Before",
      html`${formatDuration(asked.beforeSeconds * 1e9)} before ${instantHtml(moment)}`,
      isWhole ? seconds : html`<b>${seconds}</b>`,
    ),
  ];
}

const row = (what: string, asked: HtmlValue, got: HtmlValue): Html =>
  html`<tr>
    <th scope="row">${what}</th>
    <td>${asked}</td>
    <td>${got}</td>
  </tr> `;

function filterRow({ capture, file }: ReportDocument): Html {
  const asked =
    capture.filter === null
      ? unknown
      : capture.filter === ""
        ? "everything"
        : html`<code>${capture.filter}</code>`;
  const none = capture.filter ? "nothing matched" : "no packets";
  return row("Filter", asked, file.packets > 0 ? plural(file.packets, "packet") : none);
}

function limitRows({ capture, file }: ReportDocument): Html[] {
  const { limits, startTime, endTime, sizeBytes } = capture;
  const limit = (
    value: number | undefined,
    show: (value: number) => string,
    none: string,
  ): HtmlValue => (value === undefined ? unknown : value === 0 ? none : show(value));
  const lasted = startTime && endTime ? Date.parse(endTime) - Date.parse(startTime) : NaN;
  return [
    row(
      "Time",
      limit(
        limits?.timeLimitInSeconds,
        (seconds) => `at most ${formatDuration(seconds * 1e9)}`,
        "no limit",
      ),
      Number.isFinite(lasted) ? formatDuration(lasted * 1e6) : unknown,
    ),
    row(
      "Size",
      limit(limits?.totalBytesPerSession, (bytes) => `at most ${formatBytes(bytes)}`, "no limit"),
      bytesHtml(sizeBytes),
    ),
    row(
      "Each packet",
      limit(limits?.bytesToCapturePerPacket, (bytes) => `first ${plural(bytes, "byte")}`, "whole"),
      file.bytesCaptured < file.bytesOnWire
        ? html`${bytesHtml(file.bytesCaptured)} of ${bytesHtml(file.bytesOnWire)}`
        : "whole",
    ),
  ];
}

function dropRow({ capture }: ReportDocument): Html {
  const { packetsDropped } = capture;
  const got =
    packetsDropped === null
      ? unknown
      : packetsDropped === 0
        ? "none dropped"
        : html`<b>${formatCount(packetsDropped)} dropped</b>`;
  return row("Loss", "none", got);
}

function intactRow({ file }: ReportDocument): Html {
  const { problem, truncated } = file;
  if (!truncated && !problem) return row("File", "whole", "whole");
  const where = problem && `: ${problem.reason} at byte ${formatCount(problem.offset)}`;
  return row("File", "whole", html`<b>damaged</b>${where ?? null}`);
}

const endings: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Manual: "stopped by hand",
    TimeExceeded: "time limit reached",
    SizeExceeded: "size limit reached",
    InterfaceGone: "the interface disappeared",
    DiskFull: "the disk was full",
    AgentStopped: "the agent stopped",
    Failed: "recording failed",
  }),
);

function endRow({ capture }: ReportDocument): Html {
  const { stopReason } = capture;
  return row(
    "End",
    nothing,
    stopReason === null ? unknown : (endings.get(stopReason) ?? stopReason),
  );
}

function interfaceRow({ capture }: ReportDocument): Html {
  const list = capture.interfaces.join(", ");
  return row(
    "Interfaces",
    list === "" ? unknown : html`<span class="mono">${list}</span>`,
    nothing,
  );
}

function timeRow({ file }: ReportDocument): Html {
  const instant = (text: string | null): HtmlValue => {
    const nanoseconds = parseNanoseconds(text);
    if (nanoseconds === null) return unknown;
    const iso = isoNanoseconds(nanoseconds);
    return iso === null ? `${nanoseconds} ns since 1970` : instantHtml(iso);
  };
  return row(
    "Packets",
    html`first ${instant(file.firstTime)}`,
    html`last ${instant(file.lastTime)}`,
  );
}

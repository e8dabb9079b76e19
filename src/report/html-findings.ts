import type { Finding, Remedy } from "../inspection/findings/finding.ts";
import { formatCount } from "../inspection/summary/units.ts";
import type { ReportDocument } from "./document.ts";
import { html, type Html } from "./html-escape.ts";
import { byProcessesHtml } from "./html-owners.ts";
import { keepUnits } from "./html-parts.ts";

/** Frames and streams that one finding shows; the JSON has more. */
const namedCountMax = 5;
/** Findings that are shown whole; of further ones the sentence. */
const findingToldMax = 25;

const tags: Record<Finding["severity"], string> = {
  problem: "▲ Problem",
  warning: "◆ Warning",
  note: "● Note",
};

export function findingsSection({ findings }: ReportDocument): Html {
  const list =
    findings.length > 0
      ? html`<ul class="findings">
          ${findings.map((finding, at) => findingItem(finding, at < findingToldMax))}
        </ul>`
      : html`<p>
          Nothing stands out: no loss, no slow connection, no refusal above its threshold.
        </p>`;
  return html`<section aria-labelledby="findings">
    <h2 id="findings">Findings</h2>
    ${list}
  </section>`;
}

function findingItem(finding: Finding, isTold: boolean): Html {
  const { severity, title, advice, remedies, evidence } = finding;
  const whatToDo = isTold && severity !== "note" && html`<p class="do">${advice}</p>`;
  return html`<li class="${severity}">
    <span class="tag">${tags[severity]}</span>
    <div>
      <p class="what">${keepUnits(title)}.</p>
      ${whatToDo}
      ${isTold && isWorthSaying(finding) && html`<p class="small soft">${certainty(finding)}</p>`}
      ${byProcessesHtml(finding)}
      ${evidence.displayFilter !== null && html`<p class="small soft">In Wireshark: <code>${evidence.displayFilter}</code></p>`}
      ${isTold && remedies.length > 0 && remedyDetails(remedies)}
    </div>
  </li> `;
}

/** Of a plain count in a note nobody doubts. */
const isWorthSaying = ({ severity, confidence, evidence }: Finding): boolean =>
  severity !== "note" || confidence.level !== "certain" || evidence.frames.length > 0;

/** How sure it is and why, and where to look. */
function certainty({ confidence, evidence }: Finding): Html {
  const places = [numbers("frame", evidence.frames), numbers("stream", evidence.streams)];
  const where = places.filter((place) => place !== "").join("; ");
  return html`<b>${capitalized(confidence.level)}</b>:
    ${confidence.reason}${where !== "" && html`. ${capitalized(where)}`}.`;
}

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function numbers(what: string, all: readonly number[]): string {
  if (all.length === 0) return "";
  const shown = all.slice(0, namedCountMax).join(", ");
  const left = all.length - namedCountMax;
  return `${what}${all.length > 1 ? "s" : ""} ${shown}${left > 0 ? ` and ${formatCount(left)} more` : ""}`;
}

const remedyDetails = (remedies: readonly Remedy[]): Html =>
  html`<details>
    <summary>How to stop it</summary>
    ${remedies.map(
      ({ what, command }) =>
        html`<p class="label">${what}</p>
          <pre><code>${commandLines(command)}</code></pre>`,
    )}
  </details>`;

/** Lines of a command; texts are shown as one line, because an end of line could hide something. */
const commandLines = (command: string): Html[] =>
  command.split("\n").map((line, at) => html`${at > 0 && html`<br />`}${line}`);

import type { ProcessUse } from "../inspection/inspection.ts";
import { shorten } from "../inspection/summary/top.ts";
import { formatCount } from "../inspection/summary/units.ts";
import type { ReportDocument } from "./document.ts";
import { html, type Html } from "./html-escape.ts";
import { bytesHtml, moreHtml, nameHtml } from "./html-parts.ts";
import { ownersSentence } from "./processes.ts";

const processCountMax = 12;

/** The processes of the host that sent and received most. */
export function ownersSection({ owners }: ReportDocument): Html | null {
  if (!owners) return null;
  const { items, omitted } = shorten(owners.processes, processCountMax);
  return html`<section aria-labelledby="processes">
    <h2 id="processes">Processes of this host</h2>
    <p class="small soft">${ownersSentence(owners)}</p>
    ${items.length > 0 && processTable(items)} ${moreHtml(omitted, "processes")}
  </section>`;
}

const processTable = (items: readonly ProcessUse[]): Html =>
  html`<div class="scroll">
    <table class="tree">
      <thead>
        <tr>
          <th scope="col">Process</th>
          <th scope="col" class="num">Sent</th>
          <th scope="col" class="num">Received</th>
          <th scope="col" class="num">Streams</th>
        </tr>
      </thead>
      <tbody>
        ${items.map(processRow)}
      </tbody>
    </table>
  </div>`;

function processRow(use: ProcessUse): Html {
  const { name, commandLine, executable, bytesSent, bytesReceived } = use;
  const what = commandLine ?? executable;
  return html`<tr>
    <th scope="row">
      ${nameHtml(name)}${what !== null && html`<br /><span class="small soft">${nameHtml(what)}</span>`}
    </th>
    <td class="num">${bytesHtml(bytesSent)}</td>
    <td class="num">${bytesHtml(bytesReceived)}</td>
    <td class="num">${formatCount(use.tcpStreamCount + use.udpStreamCount)}</td>
  </tr> `;
}

/** `by curl (pid 4312, alice)`; nothing where no process is known. */
export const byProcessesHtml = ({ processes }: { processes?: readonly string[] }): Html | null =>
  processes && processes.length > 0
    ? html`<span class="small soft"
        >by ${processes.map((name, at) => html`${at > 0 && ", "}${nameHtml(name)}`)}</span
      >`
    : null;

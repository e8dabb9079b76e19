import type { ReportDocument } from "./document.ts";
import { html, type Html } from "./html-escape.ts";
import { byProcessesHtml } from "./html-owners.ts";
import type { WithProcesses } from "./processes.ts";
import { barHtml, bytesHtml, moreHtml, nameHtml, percent } from "./html-parts.ts";
import { shorten } from "../inspection/summary/top.ts";
import { usualService, type Destination, type Talk } from "../inspection/summary/traffic.ts";
import { formatCount, formatShare, plural } from "../inspection/summary/units.ts";

const conversationCountMax = 8;
const destinationCountMax = 12;
const nameCountMax = 12;

export function conversationsSection({ conversations }: ReportDocument): Html | null {
  const { items, omitted } = shorten(conversations, conversationCountMax);
  const greatest = items[0]?.bytes ?? 0;
  if (greatest === 0) return null;
  return html`<section aria-labelledby="talks">
    <h2 id="talks">Who talked to whom</h2>
    <p class="small soft">
      <span class="key out"></span>from the first named &ensp;<span class="key in"></span>from the
      second
    </p>
    <ol class="talks">
      ${items.map((talk) => talkItem(talk, greatest))}
    </ol>
    ${moreHtml(omitted, "conversations")}
  </section>`;
}

function talkItem(talk: WithProcesses<Talk>, greatest: number): Html {
  const out = talk.bytesAToB / greatest;
  return html`<li>
    <div class="who">
      <span>${nameHtml(talk.a)} <span aria-label="and">⇄</span> ${nameHtml(talk.b)}</span
      ><b>${bytesHtml(talk.bytes)}</b>
    </div>
    <svg width="100%" height="9" aria-hidden="true">
      <rect class="f-line" width="100%" height="9" rx="2" />
      <rect class="f-in" width="${percent(talk.bytes / greatest)}" height="9" rx="2" />
      <rect class="f-out" width="${percent(out)}" height="9" rx="2" />
    </svg>
    <span class="small soft"
      >${bytesHtml(talk.bytesAToB)} → &ensp;← ${bytesHtml(talk.bytesBToA)}
      &ensp;${plural(talk.frames, "frame")}</span
    >
    ${byProcessesHtml(talk)}
  </li> `;
}

export function destinationsSection({ destinations, file }: ReportDocument): Html | null {
  const { items, omitted } = shorten(destinations, destinationCountMax);
  if (items.length === 0) return null;
  return html`<section aria-labelledby="destinations">
    <h2 id="destinations">Destinations and ports</h2>
    <div class="scroll">
      <table class="tree">
        <thead>
          <tr>
            <th scope="col">To</th>
            <th scope="col">Port</th>
            <th scope="col" class="num">Packets</th>
            <th scope="col" class="num">Share</th>
          </tr>
        </thead>
        <tbody>
          ${items.map((destination) => destinationRow(destination, file.packets))}
        </tbody>
      </table>
    </div>
    ${moreHtml(omitted, "destinations")}
  </section>`;
}

function destinationRow({ address, transport, port, packets }: Destination, all: number): Html {
  const service = usualService(port);
  const where =
    transport === "NONE"
      ? html`<span class="soft">no port</span>`
      : html`${port}
          <span class="soft">${transport.toLowerCase()}${service ? `, ${service}` : ""}</span>`;
  return html`<tr>
    <th scope="row">${nameHtml(address)}${barHtml(all > 0 ? packets / all : 0, "plain")}</th>
    <td>${where}</td>
    <td class="num">${formatCount(packets)}</td>
    <td class="num">${formatShare(packets, all)}</td>
  </tr> `;
}

const nameKinds = [
  ["dns", "Asked of DNS"],
  ["tls", "Asked for in TLS (SNI)"],
  ["http", "Asked for in HTTP (Host)"],
] as const;

export function namesSection({ names }: ReportDocument): Html | null {
  const seen = nameKinds.filter(([kind]) => names[kind].items.length > 0);
  if (seen.length === 0) return null;
  return html`<section aria-labelledby="names">
    <h2 id="names">Names seen</h2>
    <div class="names">
      ${seen.map(([kind, title]) => {
        const { items, omitted } = shorten(names[kind], nameCountMax);
        return html`<div>
          <h3>${title}</h3>
          <ol>
            ${items.map(({ name, count }) => html`<li>${nameHtml(name)}<span class="soft">${formatCount(count)}</span></li>`)}
          </ol>
          ${moreHtml(omitted, "names")}
        </div>`;
      })}
    </div>
  </section>`;
}

import type { TcpStream } from "../inspection/inspection.ts";
import { endpointText } from "../inspection/summary/safe-text.ts";
import { shorten } from "../inspection/summary/top.ts";
import {
  formatCount,
  formatDuration,
  parseNanoseconds,
  plural,
} from "../inspection/summary/units.ts";
import { protocolTitle } from "./answer.ts";
import type { ReportDocument } from "./document.ts";
import { html, type Html } from "./html-escape.ts";
import { byProcessesHtml } from "./html-owners.ts";
import type { WithProcesses } from "./processes.ts";
import { barHtml, bytesHtml, keepUnits, moreHtml, nameHtml } from "./html-parts.ts";

const streamCountMax = 10;

/** The TCP streams with most bytes. */
export function streamsSection({ streams, tcp, udp }: ReportDocument): Html | null {
  const { items, omitted } = shorten(streams, streamCountMax);
  const [first] = items;
  if (!first) return null;
  const greatest = bytesOf(first);
  return html`<section aria-labelledby="streams">
    <h2 id="streams">Streams</h2>
    <p class="small soft">
      ${plural(tcp.streamCount, "TCP stream")}, ${plural(udp.streamCount, "UDP stream")}; most bytes
      first.
    </p>
    <ol class="talks">
      ${items.map((stream) => streamItem(stream, greatest))}
    </ol>
    ${moreHtml(omitted, "streams")}
  </section>`;
}

const bytesOf = ({ bytesAToB, bytesBToA }: TcpStream): number => bytesAToB + bytesBToA;

function streamItem(stream: WithProcesses<TcpStream>, greatest: number): Html {
  const { a, b } = stream;
  return html`<li>
    <div class="who">
      <span
        >${nameHtml(endpointText(a.address, a.port))}
        <span aria-label="to">→</span> ${nameHtml(endpointText(b.address, b.port))}</span
      ><b>${bytesHtml(bytesOf(stream))}</b>
    </div>
    ${barHtml(greatest > 0 ? bytesOf(stream) / greatest : 0, "plain")}
    <span class="small soft">${keepUnits(notesOf(stream))}</span> ${byProcessesHtml(stream)}
  </li> `;
}

/** `stream 7, tls, RTT 148 ms, lasted 51.6 s, 2 sent again`. */
function notesOf(stream: TcpStream): string {
  const { protocol, retransmissions = 0, completeness = null } = stream;
  const rtt = parseNanoseconds(stream.initialRtt);
  const lasted = parseNanoseconds(stream.duration ?? null);
  const notes = [
    `stream ${stream.stream}`,
    protocol === null || protocol === undefined ? null : protocolTitle(protocol),
    rtt === null ? null : `RTT ${formatDuration(Number(rtt))}`,
    lasted === null ? null : `lasted ${formatDuration(Number(lasted))}`,
    retransmissions > 0 ? `${formatCount(retransmissions)} sent again` : null,
    completeness !== null && completeness & resetBit ? "reset" : null,
  ];
  return notes.filter((note) => note !== null).join(", ");
}

/** Of `tcp.completeness`. */
const resetBit = 32;

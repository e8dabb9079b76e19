import type { TcpTotals } from "../inspection/inspection.ts";
import type { ReportDocument } from "./document.ts";
import { html, type Html } from "./html-escape.ts";
import { formatCount, plural } from "../inspection/summary/units.ts";

/** What each counter means for people, in the order in which it matters. */
const meanings: readonly [keyof TcpTotals, string, string][] = [
  ["retransmission", "Sent again", "data repeated because no acknowledgement came in time"],
  [
    "fastRetransmission",
    "of these, fast",
    "repeated early, after three duplicate acknowledgements",
  ],
  ["spuriousRetransmission", "of these, needless", "repeated although it had been acknowledged"],
  ["lostSegment", "Gaps", "data missing from the recording before the segment after it"],
  ["ackLostSegment", "Acknowledged unseen", "acknowledgements for data that the recording missed"],
  ["outOfOrder", "Out of order", "segments that were overtaken on the way"],
  ["duplicateAck", "Duplicate acknowledgements", "the receiver asks again for what is missing"],
  ["zeroWindow", "Zero window", "the receiver cannot take more: its program is slow to read"],
  ["zeroWindowProbe", "Zero window probes", "the sender asks whether it may go on"],
  ["zeroWindowProbeAck", "Answers to probes", "the receiver still says no"],
  ["windowFull", "Window full", "the sender used all that the receiver allowed"],
  ["windowUpdate", "Window updates", "the receiver makes room: usual"],
  ["rst", "Resets (RST)", "connections refused or broken off"],
  [
    "reusedPorts",
    "Ports used again",
    "a new connection with the addresses and ports of an older one",
  ],
  ["keepAlive", "Keep-alives", "a silent connection is asked whether it still lives: usual"],
  ["keepAliveAck", "Keep-alive answers", "and it does: usual"],
  ["syn", "Connections asked for (SYN)", "with repeats"],
  ["synAck", "Connections accepted (SYN/ACK)", "with repeats"],
  ["fin", "Closed in order (FIN)", "one for each direction"],
];

export function tcpSection({ tcp }: ReportDocument): Html | null {
  if (tcp.streamCount === 0) return null;
  const seen = meanings.filter(([counter]) => tcp.totals[counter] > 0);
  const absent = meanings.filter(([counter]) => tcp.totals[counter] === 0);
  return html`<section aria-labelledby="tcp">
    <h2 id="tcp">TCP health</h2>
    <p class="small soft">${plural(tcp.streamCount, "stream")}, counted as Wireshark counts.</p>
    ${
      seen.length > 0 &&
      html`<div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col" class="num">Times</th>
            </tr>
          </thead>
          <tbody>
            ${seen.map(
              ([counter, name, meaning]) =>
                html`<tr>
                  <th scope="row">${name}<span class="meaning">${meaning}</span></th>
                  <td class="num">${formatCount(tcp.totals[counter])}</td>
                </tr> `,
            )}
          </tbody>
        </table>
      </div>`
    }
    ${absent.length > 0 && html`<p class="more">Not seen: ${absent.map(([, name]) => name.replace("of these, ", "").toLowerCase()).join(", ")}.</p>`}
  </section>`;
}

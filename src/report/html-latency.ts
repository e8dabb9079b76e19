import type { DnsServer, HttpExchange } from "../inspection/inspection.ts";
import { visible } from "../inspection/summary/safe-text.ts";
import {
  formatCount,
  formatDuration,
  formatShare,
  parseNanoseconds,
  plural,
} from "../inspection/summary/units.ts";
import type { ReportDocument } from "./document.ts";
import { html, type Html } from "./html-escape.ts";
import { nameHtml } from "./html-parts.ts";

const rowCountMax = 6;
const pathLengthMax = 80;

/** How long names, handshakes and servers took; null when the capture shows none of them. */
export function answerTimesSection(document: ReportDocument): Html | null {
  const rows = [tlsRow(document), dnsRow(document), httpRow(document)].filter(
    (row) => row !== null,
  );
  if (rows.length === 0) return null;
  const { dns, http } = document;
  return html`<section aria-labelledby="answers">
    <h2 id="answers">Waiting for answers</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">For what</th>
            <th scope="col" class="num">Median</th>
            <th scope="col" class="num">95 of 100</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${serversTable(dns.servers)} ${slowestTable(http.slowest)}
  </section>`;
}

const row = (what: string, below: string, median: string | null, p95: string | null): Html =>
  html`<tr>
    <th scope="row">${what}<span class="meaning">${below}</span></th>
    <td class="num">${durationHtml(median)}</td>
    <td class="num">${durationHtml(p95)}</td>
  </tr> `;

function durationHtml(text: string | null): Html {
  const nanoseconds = parseNanoseconds(text);
  return nanoseconds === null
    ? html`<span class="soft">-</span>`
    : html`<span title="${formatCount(Number(nanoseconds))} ns"
        >${formatDuration(Number(nanoseconds))}</span
      >`;
}

function tlsRow({ tls }: ReportDocument): Html | null {
  const { count, versions, medianNanoseconds, p95Nanoseconds } = tls;
  if (count === 0) return null;
  const text = (nanoseconds: number | null): string | null =>
    nanoseconds === null ? null : String(nanoseconds);
  const shown = versions.map(
    ({ version, count: of }) => `${visible(version)} in ${formatCount(of)}`,
  );
  return row(
    "TLS hello",
    [plural(count, "handshake"), ...shown].join(", "),
    text(medianNanoseconds),
    text(p95Nanoseconds),
  );
}

function dnsRow({ dns }: ReportDocument): Html | null {
  const { queries, unanswered, responseCodes, medianTime, p95Time } = dns;
  if (queries === 0) return null;
  const codes = Object.entries(responseCodes).filter(([code]) => code !== "NOERROR");
  const parts = [
    plural(queries, "question"),
    ...codes.map(([code, count]) => `${visible(code)} ${formatCount(count)}`),
    ...(unanswered > 0 ? [`${formatCount(unanswered)} without an answer`] : []),
  ];
  return row("DNS answer", parts.join(", "), medianTime, p95Time);
}

function httpRow({ http }: ReportDocument): Html | null {
  const { requests, responses, statuses, medianTimeToFirstByte, p95TimeToFirstByte } = http;
  if (requests === 0) return null;
  const classes = new Map<string, number>();
  for (const [status, count] of Object.entries(statuses)) {
    const name = `${status.slice(0, 1)}xx`;
    classes.set(name, (classes.get(name) ?? 0) + count);
  }
  const parts = Array.from(
    classes,
    ([name, count]) => `${visible(name)} ${formatShare(count, responses)}`,
  );
  return row(
    "HTTP, first byte",
    [plural(requests, "request"), ...parts].join(", "),
    medianTimeToFirstByte,
    p95TimeToFirstByte,
  );
}

function serversTable(servers: readonly DnsServer[]): Html | null {
  if (servers.length < 2) return null;
  return html`<div class="scroll">
    <table>
      <caption>
        Resolvers
      </caption>
      <thead>
        <tr>
          <th scope="col">Resolver</th>
          <th scope="col" class="num">Asked</th>
          <th scope="col" class="num">Failed</th>
          <th scope="col" class="num">Median</th>
        </tr>
      </thead>
      <tbody>
        ${servers.slice(0, rowCountMax).map(
          ({ address, queries, failures, unanswered, medianTime }) =>
            html`<tr>
              <th scope="row">${nameHtml(address)}</th>
              <td class="num">${formatCount(queries)}</td>
              <td class="num">${formatCount(failures + unanswered)}</td>
              <td class="num">${durationHtml(medianTime)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function slowestTable(slowest: readonly HttpExchange[]): Html | null {
  if (slowest.length === 0) return null;
  return html`<div class="scroll">
    <table>
      <caption>
        Slowest HTTP answers
      </caption>
      <thead>
        <tr>
          <th scope="col">Request</th>
          <th scope="col" class="num">Status</th>
          <th scope="col" class="num">First byte</th>
        </tr>
      </thead>
      <tbody>
        ${slowest.slice(0, rowCountMax).map(
          ({ method, host, path, status, timeToFirstByte }) =>
            html`<tr>
              <th scope="row">
                ${nameHtml(visible(`${method ?? "?"} ${host ?? ""}${path ?? ""}`, pathLengthMax))}
              </th>
              <td class="num">${status}</td>
              <td class="num">${durationHtml(timeToFirstByte)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

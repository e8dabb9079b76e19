import type { ProtocolNode } from "../inspection/inspection.ts";
import type { ReportDocument } from "./document.ts";
import { html, type Html } from "./html-escape.ts";
import { barHtml, bytesHtml, moreHtml, percent } from "./html-parts.ts";
import { sum } from "../inspection/summary/protocols.ts";
import { formatCount, formatShare } from "../inspection/summary/units.ts";

const rowCountMax = 18;
const rowHeight = 27;
const icicleDepthMax = 7;
/** A cell narrower than this share of the page is a hairline. */
const cellShareMin = 0.004;
/** Label widths are judged on the narrowest page: a phone of 360 px without its margins. */
const narrowestPixels = 328;
const characterPixels = 7;

const link: ReadonlySet<string> = new Set([
  "eth",
  "sll",
  "sll2",
  "raw",
  "null",
  "vlan",
  "llc",
  "ppp",
]);
const network: ReadonlySet<string> = new Set(["ip", "ipv6", "arp", "ipv6.fraghdr"]);
const transport: ReadonlySet<string> = new Set([
  "tcp",
  "udp",
  "icmp",
  "icmpv6",
  "sctp",
  "igmp",
  "tcp.segments",
]);

function layerOf(protocol: string): string {
  if (link.has(protocol)) return "link";
  if (network.has(protocol)) return "network";
  return transport.has(protocol) ? "transport" : "application";
}

export function protocolsSection({ protocolHierarchy, file }: ReportDocument): Html | null {
  if (protocolHierarchy.length === 0) return null;
  return html`<section aria-labelledby="protocols">
    <h2 id="protocols">Protocols</h2>
    ${icicle(protocolHierarchy, file.bytesOnWire)}${tree(protocolHierarchy, file.bytesOnWire)}
  </section>`;
}

/** Each protocol over the one that carries it, as wide as its share of the bytes. */
function icicle(hierarchy: readonly ProtocolNode[], total: number): Html | null {
  if (total <= 0) return null;
  const cells: Html[] = [];
  const deepest = drawLevel(hierarchy, { left: 0, width: 1, depth: 0, whole: total }, cells);
  const height = (deepest + 1) * rowHeight;
  return html`<svg
    class="icicle"
    width="100%"
    height="${height}"
    role="img"
    aria-label="Protocol hierarchy by bytes; the table below has the numbers"
  >
    ${cells}
  </svg>`;
}

interface Place {
  left: number;
  width: number;
  depth: number;
  /** Bytes that fill the width. */
  whole: number;
}

/** Draws nodes side by side and theirs below; the depth that was reached. */
function drawLevel(nodes: readonly ProtocolNode[], place: Place, cells: Html[]): number {
  // A frame may hold two of them, so together they can be more than what carries them.
  const whole = Math.max(
    place.whole,
    sum(nodes, ({ bytes }) => bytes),
  );
  let left = place.left;
  let deepest = Math.max(0, place.depth - 1);
  for (const node of nodes) {
    const width = whole > 0 ? (place.width * node.bytes) / whole : 0;
    if (width < cellShareMin) continue;
    cells.push(cell(node, { ...place, left, width }));
    deepest = Math.max(deepest, place.depth);
    if (place.depth + 1 < icicleDepthMax) {
      const below = { left, width, depth: place.depth + 1, whole: node.bytes };
      deepest = Math.max(deepest, drawLevel(node.children, below, cells));
    }
    left += width;
  }
  return deepest;
}

function cell(node: ProtocolNode, { left, width, depth }: Place): Html {
  const fits = width * narrowestPixels >= node.protocol.length * characterPixels + 12;
  const label = fits && html`<text x="8" y="18">${node.protocol}</text>`;
  return html`<svg
    x="${percent(left)}"
    y="${depth * rowHeight}"
    width="${percent(width)}"
    height="${rowHeight}"
  >
    <title>${node.protocol}</title>
    <rect class="f-${layerOf(node.protocol)}" width="100%" height="100%" rx="3" />
    ${label}
  </svg>`;
}

interface Row {
  node: ProtocolNode;
  depth: number;
}

function rowsOf(nodes: readonly ProtocolNode[], depth = 0): Row[] {
  return nodes.flatMap((node) => [{ node, depth }, ...rowsOf(node.children, depth + 1)]);
}

function tree(hierarchy: readonly ProtocolNode[], total: number): Html {
  const all = rowsOf(hierarchy);
  // A stable sort in tree order keeps every carrier before what it carries, so no row loses its parent.
  const kept = new Set(
    all.toSorted((one, other) => other.node.bytes - one.node.bytes).slice(0, rowCountMax),
  );
  const rows = all.filter((row) => kept.has(row));
  return html`<div class="scroll">
      <table class="tree">
        <thead>
          <tr>
            <th scope="col">Protocol</th>
            <th scope="col" class="num">Frames</th>
            <th scope="col" class="num">Bytes</th>
            <th scope="col" class="num">Share</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => treeRow(row, total))}
        </tbody>
      </table>
    </div>
    ${moreHtml(all.length - rows.length, "rows")}`;
}

function treeRow({ node, depth }: Row, total: number): Html {
  const share = total > 0 ? node.bytes / total : 0;
  return html`<tr>
    <th scope="row">
      <div style="padding-left:${Math.min(depth, 6) * 10}px">
        <span class="mono">${node.protocol}</span>${barHtml(share, layerOf(node.protocol))}
      </div>
    </th>
    <td class="num">${formatCount(node.frames)}</td>
    <td class="num">${bytesHtml(node.bytes)}</td>
    <td class="num">${formatShare(node.bytes, total)}</td>
  </tr> `;
}

import { catalog } from "../filter/catalog.ts";
import type { Layer } from "../dissect/frame.ts";
import type { FrameLayer, Subject } from "../filter/subject.ts";
import { layerReader } from "../filter/read-field.ts";
import type { Value } from "../filter/value-kind.ts";
import { valueText } from "../filter/value-text.ts";
import { protocolTitles } from "./protocol-titles.ts";

/** A layer's first line: what it is, and between whom. */
export function layerTitle(subject: Subject, layer: Layer): string {
  const { protocol } = layer;
  if (protocol === "frame") return frameTitle(subject.packet);
  const name = protocolTitles[protocol] ?? protocol;
  const more = details[protocol]?.(layer) ?? "";
  return more === "" ? name : `${name}${more}`;
}

function frameTitle({ number, wireLength, capturedLength }: FrameLayer): string {
  return `Frame ${number}: ${wireLength} bytes on wire (${wireLength * 8} bits), ${capturedLength} bytes captured (${capturedLength * 8} bits)`;
}

type Detail = (layer: Layer) => string;

/** The first value of a field in one layer, as text. */
function textOf(layer: Layer, name: string): string {
  const field = catalog().field(name);
  const source = field?.sources.find(({ protocol }) => protocol === layer.protocol)?.field;
  if (!field || !source) return "";
  const values: Value[] = [];
  layerReader(source, field.type)(layer, values);
  const [value] = values;
  return value === undefined ? "" : valueText(value, field.type);
}

/** Pairs of words and fields, where the layer has them. */
const listed =
  (...pairs: readonly (readonly [string, string])[]): Detail =>
  (layer) =>
    pairs
      .map(([word, field]) => [word, textOf(layer, field)] as const)
      .filter(([, value]) => value !== "")
      .map(([word, value]) => `, ${word}: ${value}`)
      .join("");

const dns: Detail = (layer) =>
  textOf(layer, "dns.flags.response") === "True" ? " (response)" : " (query)";

const arp: Detail = (layer) => {
  const opcode = textOf(layer, "arp.opcode");
  return opcode === "1" ? " (request)" : opcode === "2" ? " (reply)" : "";
};

const details: Readonly<Record<string, Detail>> = {
  eth: listed(["Src", "eth.src"], ["Dst", "eth.dst"]),
  vlan: listed(["ID", "vlan.id"]),
  ip: listed(["Src", "ip.src"], ["Dst", "ip.dst"]),
  ipv6: listed(["Src", "ipv6.src"], ["Dst", "ipv6.dst"]),
  tcp: listed(
    ["Src Port", "tcp.srcport"],
    ["Dst Port", "tcp.dstport"],
    ["Seq", "tcp.seq"],
    ["Ack", "tcp.ack"],
    ["Len", "tcp.len"],
  ),
  udp: listed(["Src Port", "udp.srcport"], ["Dst Port", "udp.dstport"]),
  dns,
  mdns: dns,
  llmnr: dns,
  arp,
};

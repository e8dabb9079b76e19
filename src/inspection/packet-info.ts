// What a packet says, in a few words: the last column of a packet list.
import { catalog } from "./filter/catalog.ts";
import { fieldReader, type Reader } from "./filter/read-field.ts";
import type { Subject } from "./filter/subject.ts";
import type { Value } from "./filter/value-kind.ts";
import { valueText } from "./filter/value-text.ts";

/** Characters of the column; names and addresses of requests have no end. */
const infoLengthMax = 200;

const readers = new Map<string, Reader | null>();
const values: Value[] = [];

/** Reads the values of a field in a packet into `values`. */
function readInto(subject: Subject, name: string): void {
  let reader = readers.get(name);
  if (reader === undefined) {
    const field = catalog().field(name);
    reader = field ? fieldReader(field, null) : null;
    readers.set(name, reader);
  }
  values.length = 0;
  reader?.(subject, values);
}

/** The values of a field in a packet, as text. */
function valuesOf(subject: Subject, name: string): string[] {
  readInto(subject, name);
  const type = catalog().field(name)?.type ?? "string";
  return values.map((value) => valueText(value, type));
}

/** Of payloads there is no text to make. */
function hasValue(subject: Subject, name: string): boolean {
  readInto(subject, name);
  return values.length > 0;
}

function firstOf(subject: Subject, name: string): string {
  readInto(subject, name);
  const [first] = values;
  return first === undefined ? "" : valueText(first, catalog().field(name)?.type ?? "string");
}

type Describe = (subject: Subject) => string;

const dns: Describe = (subject) => {
  const question = `${firstOf(subject, "dns.qry.name")} type ${firstOf(subject, "dns.qry.type")}`;
  if (firstOf(subject, "dns.flags.response") !== "True") return `asks ${question}`;
  const answers = ["dns.a", "dns.aaaa", "dns.cname", "dns.ptr.domain_name"]
    .flatMap((name) => valuesOf(subject, name))
    .slice(0, 4);
  const code = firstOf(subject, "dns.flags.rcode");
  const result = code === "0" ? answers.join(" ") : `code ${code}`;
  return `answers ${question}${result === "" ? "" : `: ${result}`}`;
};

const http: Describe = (subject) => {
  const method = firstOf(subject, "http.request.method");
  if (method !== "") {
    const host = firstOf(subject, "http.host");
    const uri = firstOf(subject, "http.request.uri");
    return `${method} ${uri}${host === "" ? "" : ` (${host})`}`;
  }
  const code = firstOf(subject, "http.response.code");
  const words = [
    code,
    firstOf(subject, "http.response.phrase"),
    firstOf(subject, "http.content_type"),
  ];
  return words.filter((word) => word !== "").join(" ");
};

const handshakeNames: Readonly<Record<string, string>> = {
  1: "Client Hello",
  2: "Server Hello",
  4: "New Session Ticket",
  11: "Certificate",
  12: "Server Key Exchange",
  14: "Server Hello Done",
  16: "Client Key Exchange",
};

const tls: Describe = (subject) => {
  const types = valuesOf(subject, "tls.handshake.type").map(
    (type) => handshakeNames[type] ?? `handshake ${type}`,
  );
  const name = firstOf(subject, "tls.handshake.extensions_server_name");
  if (types.length > 0) return `${types.join(", ")}${name === "" ? "" : ` (${name})`}`;
  if (hasValue(subject, "tls.alert_message")) return "alert";
  return hasValue(subject, "tls.app_data") ? "application data" : "";
};

const arp: Describe = (subject) => {
  const sender = firstOf(subject, "arp.src.proto_ipv4");
  const target = firstOf(subject, "arp.dst.proto_ipv4");
  return firstOf(subject, "arp.opcode") === "1"
    ? `who has ${target}? tell ${sender}`
    : `${sender} is at ${firstOf(subject, "arp.src.hw_mac")}`;
};

const message =
  (...names: string[]): Describe =>
  (subject) =>
    names
      .map((name) => {
        const value = firstOf(subject, name);
        return value === "" ? "" : `${name.slice(name.lastIndexOf(".") + 1)} ${value}`;
      })
      .filter((text) => text !== "")
      .join(", ");

const tcp: Describe = (subject) => {
  const { tcpFlags, payloadLength } = subject.frame;
  const names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
  const flags = names.filter((_, bit) => tcpFlags & (1 << bit)).join(", ");
  const [source = "", destination = ""] = valuesOf(subject, "tcp.port");
  const numbers = `Seq=${firstOf(subject, "tcp.seq")} Ack=${firstOf(subject, "tcp.ack")}`;
  return `${source} → ${destination} [${flags}] ${numbers} Win=${firstOf(subject, "tcp.window_size")} Len=${payloadLength}`;
};

const udp: Describe = (subject) => {
  const [source = "", destination = ""] = valuesOf(subject, "udp.port");
  return `${source} → ${destination} Len=${Math.max(0, Number(firstOf(subject, "udp.length")) - 8)}`;
};

/** By the name of the layer that tells most. */
const describers: Readonly<Record<string, Describe>> = {
  dns,
  mdns: dns,
  llmnr: dns,
  http,
  ssdp: http,
  tls,
  quic: tls,
  arp,
  icmp: message("icmp.type", "icmp.code", "icmp.seq"),
  icmpv6: message("icmpv6.type", "icmpv6.code"),
  igmp: message("igmp.type", "igmp.maddr"),
  dhcp: message("dhcp.option.dhcp", "dhcp.option.hostname", "dhcp.ip.your"),
  ntp: message("ntp.flags.mode", "ntp.stratum"),
  ssh: message("ssh.protocol"),
  ftp: message("ftp.request.command", "ftp.request.arg", "ftp.response.code", "ftp.response.arg"),
  smtp: message("smtp.req.command", "smtp.req.parameter", "smtp.response.code"),
  sip: message("sip.Method", "sip.r-uri", "sip.Status-Code"),
  smb2: message("smb2.cmd", "smb2.nt_status"),
  rtp: message("rtp.p_type", "rtp.seq", "rtp.ssrc"),
};

/** The layer that tells of a packet, and what. */
export interface Speaker {
  /** Its place in the frame's path. */
  index: number;
  protocol: string;
  /** Null where it is a transport's header, of which `transportInfo` tells. */
  text: string | null;
}

/** The innermost layer that has something to say; null: there is none. */
export function speakerOf(subject: Subject): Speaker | null {
  const { path, depth } = subject.frame;
  for (let index = depth - 1; index >= 0; index--) {
    const protocol = path[index] ?? "";
    if (protocol === "tcp" || protocol === "udp") return { index, protocol, text: null };
    const text = describers[protocol]?.(subject) ?? "";
    if (text !== "") return { index, protocol, text: text.slice(0, infoLengthMax) };
  }
  return null;
}

/** What the header of a transport says, "tcp" or "udp". */
export function transportInfo(subject: Subject, protocol: string): string {
  return (protocol === "tcp" ? tcp : udp)(subject).slice(0, infoLengthMax);
}

export function infoOf(subject: Subject): string {
  const speaker = speakerOf(subject);
  if (!speaker) return "";
  return speaker.text ?? transportInfo(subject, speaker.protocol);
}

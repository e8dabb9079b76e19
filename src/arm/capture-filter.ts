import { NightcapError } from "../common/errors.ts";
import {
  addressBits,
  type AddressRange,
  formatAddress,
  parseAddress,
  prefixesOfRange,
} from "./address-range.ts";
import type { PacketCaptureFilter } from "./packet-capture.ts";

/** Bytes of filter text that fit one argument of a program (Linux: MAX_ARG_STRLEN, 128 KiB). */
const filterTextBytesMax = 100_000;
const portMax = 65_535;

interface PortRange {
  first: number;
  last: number;
}

/** One end of the traffic; null means any. */
interface Side {
  addresses: AddressRange[] | null;
  ports: PortRange[] | null;
}

interface ParsedFilter {
  protocol: PacketCaptureFilter["protocol"];
  local: Side;
  remote: Side;
}

type Field = "localIPAddress" | "remoteIPAddress" | "localPort" | "remotePort";

/**
 * Azure's filters as one BPF expression; "" when every packet is wanted. Throws `CaptureFilterInvalid`
 * that names the field. Addresses are those of IP and IPv6 packets; ports those of TCP, UDP and SCTP
 * (libpcap's `portrange`). "Local" is the host's side, so each filter matches both directions.
 */
export function compileFilters(filters: readonly PacketCaptureFilter[]): string {
  const terms = filters.map((filter, index) => compileFilter(parseFilter(filter, index)));
  const text = terms.includes("") ? "" : terms.map(parenthesize).join(" or ");
  if (text.length > filterTextBytesMax) {
    throw new NightcapError(
      "CaptureFilterInvalid",
      `the filters become ${text.length} bytes of capture filter; at most ${filterTextBytesMax} are allowed`,
    );
  }
  return text;
}

/** What is wrong with a field, by the path that the request has for it. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** All that `compileFilters` would refuse, a problem a filter, for somebody who is still writing them. */
export function filterProblems(filters: readonly PacketCaptureFilter[]): FieldProblem[] {
  return filters.flatMap((filter, index) => {
    try {
      parseFilter(filter, index);
      return [];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const field = /^filters\[\d+\]\.\w+/.exec(message)?.[0];
      return [{ field: field ?? `filters[${index}].localIPAddress`, message }];
    }
  });
}

/** One filter for people: `TCP, local 10.0.0.4 port 443, remote any`. */
export function describeFilter(filter: PacketCaptureFilter): string {
  const side = (address: string | undefined, port: string | undefined): string =>
    `${address?.trim() ? address.trim() : "any"}${port?.trim() ? ` port ${port.trim()}` : ""}`;
  const local = side(filter.localIPAddress, filter.localPort);
  const remote = side(filter.remoteIPAddress, filter.remotePort);
  return `${filter.protocol}, local ${local}, remote ${remote}`;
}

function parseFilter(filter: PacketCaptureFilter, index: number): ParsedFilter {
  const fields = <T>(field: Field, parse: (entry: string, edge: Edge) => T | null) =>
    parseField({ text: filter[field] ?? "", where: `filters[${index}].${field}`, field, parse });
  const side = (address: Field, port: Field): Side => ({
    addresses: fields(address, parseAddressEdge)?.map((entry) => addressRange(entry)) ?? null,
    ports: fields(port, parsePort)?.map(({ first, last }) => ({ first, last })) ?? null,
  });
  const local = side("localIPAddress", "localPort");
  const remote = side("remoteIPAddress", "remotePort");
  if (!shareFamily(local, remote)) {
    throw new NightcapError(
      "CaptureFilterInvalid",
      `filters[${index}] has localIPAddress "${shorten(filter.localIPAddress ?? "")}" and remoteIPAddress "${shorten(filter.remoteIPAddress ?? "")}": no packet has both; allowed: both IPv4 or both IPv6`,
    );
  }
  return { protocol: filter.protocol, local, remote };
}

/** False when no packet can match (one side IPv4, the other IPv6): libpcap refuses such a filter. */
function shareFamily({ addresses: local }: Side, { addresses: remote }: Side): boolean {
  if (!local || !remote) return true;
  return local.some(({ family }) => remote.some((other) => other.family === family));
}

/** Where in the grammar a value stands; the end of a range may be a shortened IPv4 address. */
type Edge = "single" | "rangeFirst" | "rangeLast";

interface FieldText<T> {
  text: string;
  where: string;
  field: Field;
  parse: (entry: string, edge: Edge) => T | null;
}

/** Reads "a", "a-b" or "a;b;"; null when the text is empty. */
function parseField<T>(options: FieldText<T>): { first: T; last: T }[] | null {
  const text = options.text.trim();
  if (text === "") return null;
  const list = (text.endsWith(";") ? text.slice(0, -1) : text).split(";");
  if (list.length === 1 && text.includes("-")) return [parseRange(options, list[0] ?? "")];
  return list.map((entry) => {
    if (entry.includes("-")) throw invalid(options, "a list holds no ranges");
    const value = options.parse(entry.trim(), "single");
    if (value === null) throw invalid(options, `"${entry.trim()}" is not allowed`);
    return { first: value, last: value };
  });
}

function parseRange<T>(options: FieldText<T>, text: string): { first: T; last: T } {
  const [firstText = "", lastText = "", ...more] = text.split("-").map((edge) => edge.trim());
  if (more.length > 0) throw invalid(options, "only one range is allowed");
  const first = options.parse(firstText, "rangeFirst");
  const last = options.parse(lastText, "rangeLast");
  if (first === null) throw invalid(options, `"${firstText}" is not allowed`);
  if (last === null) throw invalid(options, `"${lastText}" is not allowed`);
  if (!inOrder(first, last)) throw invalid(options, "a range goes from the lower to the higher");
  return { first, last };
}

type AddressEdge = NonNullable<ReturnType<typeof parseAddress>>;

function inOrder(first: unknown, last: unknown): boolean {
  if (typeof first === "number" && typeof last === "number") return first <= last;
  const [a, b] = [first as AddressEdge, last as AddressEdge];
  return a.family === b.family && a.value <= b.value;
}

function invalid<T>({ where, text, field }: FieldText<T>, why: string): NightcapError {
  const allowed = field.endsWith("Port")
    ? `one port "a", one range "a-b" or a list "a;b;" of ports 0..${portMax}`
    : 'one IPv4 or IPv6 address "a", one range "a-b" or a list "a;b;" of addresses (a prefix is written as its range)';
  return new NightcapError(
    "CaptureFilterInvalid",
    `${where} is "${shorten(text)}": ${shorten(why)}; allowed: ${allowed}`,
  );
}

const shorten = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}...` : text);

function parsePort(text: string): number | null {
  if (!/^\d{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port <= portMax ? port : null;
}

/**
 * An address. Microsoft's own example ends a range with three octets (`1.1.1.1-255.255.255`) and Azure
 * takes it: at the end of a range the octets that are missing read as 255, the last address that
 * begins so. This holds every address that inet_aton's reading (255.255.0.255) holds, so no packet that
 * anybody may have meant is lost.
 */
function parseAddressEdge(text: string, edge: Edge): AddressEdge | null {
  const shortened = edge === "rangeLast" && /^\d{1,3}(\.\d{1,3}){0,2}$/.test(text);
  if (!shortened) return parseAddress(text);
  const octets = text.split(".");
  return parseAddress([...octets, "255", "255", "255"].slice(0, 4).join("."));
}

const addressRange = ({
  first,
  last,
}: {
  first: AddressEdge;
  last: AddressEdge;
}): AddressRange => ({
  family: first.family,
  first: first.value,
  last: last.value,
});

function compileFilter({ protocol, local, remote }: ParsedFilter): string {
  const there = [...compileSide("src", local), ...compileSide("dst", remote)];
  const back = [...compileSide("dst", local), ...compileSide("src", remote)];
  const directions = there.length > 0 ? anyOf([allOf(there), allOf(back)]) : "";
  return allOf([protocol === "Any" ? "" : protocol.toLowerCase(), directions]);
}

type Direction = "src" | "dst";

function compileSide(direction: Direction, { addresses, ports }: Side): string[] {
  return [
    anyOf((addresses ?? []).flatMap((range) => compileAddresses(direction, range))),
    anyOf((ports ?? []).map(({ first, last }) => `${direction} portrange ${first}-${last}`)),
  ].filter((term) => term !== "");
}

function compileAddresses(direction: Direction, range: AddressRange): string[] {
  return prefixesOfRange(range).map(({ family, address, length }) => {
    const text = formatAddress(family, address);
    const single = length === addressBits[family];
    return single
      ? `${family} ${direction} host ${text}`
      : `${family} ${direction} net ${text}/${length}`;
  });
}

const parenthesize = (term: string): string => `(${term})`;

function anyOf(terms: readonly string[]): string {
  return terms.length < 2 ? (terms[0] ?? "") : parenthesize(terms.map(parenthesize).join(" or "));
}

function allOf(terms: readonly string[]): string {
  return terms.filter((term) => term !== "").join(" and ");
}

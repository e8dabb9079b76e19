import { uint32 } from "../../file/bytes.ts";
import type { Field, Fields, FieldType, FieldValue } from "../field.ts";
import { when } from "../field-helpers.ts";
import type { Layer } from "../frame.ts";

const echoRequest = 128;
const echoReply = 129;
const routerSolicitation = 133;
const routerAdvertisement = 134;
const neighborSolicitation = 135;
const neighborAdvertisement = 136;
const redirect = 137;
const packetTooBig = 2;
/** Where options begin, by type (RFC 4861, 4). */
const optionOffsets: ReadonlyMap<number, number> = new Map([
  [routerSolicitation, 8],
  [routerAdvertisement, 16],
  [neighborSolicitation, 24],
  [neighborAdvertisement, 24],
  [redirect, 40],
]);
const optionCountMax = 64;

const isType =
  (...types: number[]) =>
  ({ bytes, start }: Layer): boolean =>
    types.includes(bytes[start] ?? 0);

function eachOption(layer: Layer, call: (at: number, type: number, size: number) => void): void {
  const { bytes, start, end } = layer;
  const offset = optionOffsets.get(bytes[start] ?? 0);
  if (offset === undefined) return;
  let at = start + offset;
  for (let count = 0; count < optionCountMax && at + 2 <= end; count++) {
    const size = (bytes[at + 1] ?? 0) * 8;
    if (size === 0 || at + size > end) return;
    call(at, bytes[at] ?? 0, size);
    at += size;
  }
}

function option(
  wanted: number | null,
  type: FieldType,
  description: string,
  read: (bytes: Uint8Array, at: number, size: number) => FieldValue,
): Field {
  return {
    type,
    description,
    read(layer, add) {
      if (layer.start < 0) return;
      eachOption(layer, (at, kind, size) => {
        if (wanted === null || wanted === kind) add(read(layer.bytes, at, size));
      });
    },
  };
}

const hasRouter = isType(routerAdvertisement);
const hasNeighbor = isType(neighborAdvertisement);

/** RFC 4443 and RFC 4861. */
export const icmpv6Fields: Fields = {
  "icmpv6.type": { type: "uint8", at: 0, description: "type of message" },
  "icmpv6.code": { type: "uint8", at: 1, description: "code within the type" },
  "icmpv6.checksum": { type: "uint16", at: 2, description: "checksum" },
  "icmpv6.echo.identifier": when(isType(echoRequest, echoReply), {
    type: "uint16",
    at: 4,
    description: "identifier",
  }),
  "icmpv6.echo.sequence_number": when(isType(echoRequest, echoReply), {
    type: "uint16",
    at: 6,
    description: "sequence number",
  }),
  "icmpv6.mtu": when(isType(packetTooBig), { type: "uint32", at: 4, description: "MTU" }),
  "icmpv6.nd.ra.cur_hop_limit": when(hasRouter, {
    type: "uint8",
    at: 4,
    description: "hop limit to use",
  }),
  "icmpv6.nd.ra.flag": when(hasRouter, { type: "uint8", at: 5, description: "flags of a router" }),
  "icmpv6.nd.ra.flag.m": when(hasRouter, {
    type: "boolean",
    at: 5,
    mask: 0x80,
    description: "addresses are managed",
  }),
  "icmpv6.nd.ra.flag.o": when(hasRouter, {
    type: "boolean",
    at: 5,
    mask: 0x40,
    description: "other settings are managed",
  }),
  "icmpv6.nd.ra.router_lifetime": when(hasRouter, {
    type: "uint16",
    at: 6,
    description: "seconds that the router serves",
  }),
  "icmpv6.nd.ra.reachable_time": when(hasRouter, {
    type: "uint32",
    at: 8,
    description: "milliseconds that a neighbor is reachable",
  }),
  "icmpv6.nd.ra.retrans_timer": when(hasRouter, {
    type: "uint32",
    at: 12,
    description: "milliseconds between repetitions",
  }),
  "icmpv6.nd.ns.target_address": when(isType(neighborSolicitation), {
    type: "ipv6",
    at: 8,
    description: "address asked for",
  }),
  "icmpv6.nd.na.flag.r": when(hasNeighbor, {
    type: "boolean",
    at: 4,
    mask: 0x80,
    description: "is a router",
  }),
  "icmpv6.nd.na.flag.s": when(hasNeighbor, {
    type: "boolean",
    at: 4,
    mask: 0x40,
    description: "was asked for",
  }),
  "icmpv6.nd.na.flag.o": when(hasNeighbor, {
    type: "boolean",
    at: 4,
    mask: 0x20,
    description: "replaces what is known",
  }),
  "icmpv6.nd.na.target_address": when(hasNeighbor, {
    type: "ipv6",
    at: 8,
    description: "address told of",
  }),
  "icmpv6.opt.type": option(null, "uint8", "type of an option", (b, at) => b[at] ?? 0),
  "icmpv6.opt.length": option(null, "uint8", "length, units of 8 bytes", (b, at) => b[at + 1] ?? 0),
  "icmpv6.opt.src_linkaddr": option(1, "bytes", "source's link address", (b, at, size) =>
    b.subarray(at + 2, at + Math.min(size, 8)),
  ),
  "icmpv6.opt.target_linkaddr": option(2, "bytes", "target's link address", (b, at, size) =>
    b.subarray(at + 2, at + Math.min(size, 8)),
  ),
  "icmpv6.opt.prefix.length": option(3, "uint8", "prefix length", (b, at) => b[at + 2] ?? 0),
  "icmpv6.opt.prefix": option(3, "ipv6", "prefix", (b, at) => b.subarray(at + 16, at + 32)),
  "icmpv6.opt.prefix.valid_lifetime": option(3, "uint32", "seconds", (b, at) => uint32(b, at + 4)),
  "icmpv6.opt.mtu": option(5, "uint32", "MTU of the link", (b, at) => uint32(b, at + 4)),
  "icmpv6.mldr.nb_mcast_records": when(isType(143), {
    type: "uint16",
    at: 6,
    description: "records of multicast listener reports",
  }),
  "icmpv6.mld.multicast_address": when(isType(130, 131, 132), {
    type: "ipv6",
    at: 8,
    description: "group",
  }),
  "icmpv6.mld.maximum_response_delay": when(
    (layer) => isType(131, 132)(layer) || (isType(130)(layer) && layer.end - layer.start === 24),
    { type: "uint16", at: 4, description: "time to answer" },
  ),
};

import { uint32 } from "../../file/bytes.ts";
import type { Fields, FieldType } from "../field.ts";
import type { Layer } from "../frame.ts";
import { parsedFields, type Emit } from "../parsed-fields.ts";

const optionsOffset = 240;
const optionCountMax = 256;
const decoder = new TextDecoder();
const optionEnd = 255;

/** Options whose value is an address, a text or a number. */
const optionFields: Readonly<Record<number, readonly [string, FieldType]>> = {
  1: ["dhcp.option.subnet_mask", "ipv4"],
  3: ["dhcp.option.router", "ipv4"],
  6: ["dhcp.option.domain_name_server", "ipv4"],
  12: ["dhcp.option.hostname", "string"],
  15: ["dhcp.option.domain_name", "string"],
  50: ["dhcp.option.requested_ip_address", "ipv4"],
  51: ["dhcp.option.ip_address_lease_time", "uint32"],
  53: ["dhcp.option.dhcp", "uint8"],
  54: ["dhcp.option.dhcp_server_id", "ipv4"],
  60: ["dhcp.option.vendor_class_id", "string"],
};

/** RFC 2131, 2 and RFC 2132. */
function parse(layer: Layer, emit: Emit): void {
  const { bytes, start, end } = layer;
  if (start + 44 > end) return;
  emit("dhcp.type", bytes[start] ?? 0);
  emit("dhcp.hops", bytes[start + 3] ?? 0);
  emit("dhcp.id", uint32(bytes, start + 4));
  for (const [index, name] of ["client", "your", "server", "relay"].entries())
    emit(`dhcp.ip.${name}`, bytes.subarray(start + 12 + index * 4, start + 16 + index * 4));
  emit("dhcp.hw.type", bytes[start + 1] ?? 0);
  if (bytes[start + 2] === 6) emit("dhcp.hw.mac_addr", bytes.subarray(start + 28, start + 34));
  readOptions(layer, emit);
}

function readOptions({ bytes, start, end }: Layer, emit: Emit): void {
  let at = start + optionsOffset;
  for (let count = 0; count < optionCountMax && at < end; count++) {
    const type = bytes[at] ?? 0;
    if (type === 0) {
      at++;
      continue;
    }
    const size = bytes[at + 1] ?? 0;
    // The end has no type of its own in Wireshark: it is told as 0.
    emit("dhcp.option.type", type === optionEnd ? 0 : type);
    if (type === optionEnd || at + 2 + size > end) return;
    emit("dhcp.option.length", size);
    emitOption(type, bytes.subarray(at + 2, at + 2 + size), emit);
    at += 2 + size;
  }
}

function emitOption(type: number, value: Uint8Array, emit: Emit): void {
  const [name, kind] = optionFields[type] ?? [];
  if (name === undefined) return;
  if (kind === "string") emit(name, decoder.decode(value));
  else if (kind === "uint32") emit(name, uint32(value, 0));
  else if (kind === "uint8") emit(name, value[0] ?? 0);
  else for (let at = 0; at + 4 <= value.length; at += 4) emit(name, value.subarray(at, at + 4));
}

/** Fields of DHCP messages. */
export const dhcpFields: Fields = parsedFields(parse, {
  "dhcp.type": ["uint8", "1 request, 2 reply"],
  "dhcp.hops": ["uint8", "relays passed"],
  "dhcp.id": ["uint32", "number of the exchange"],
  "dhcp.ip.client": ["ipv4", "client's address"],
  "dhcp.ip.your": ["ipv4", "address given to the client"],
  "dhcp.ip.server": ["ipv4", "next server"],
  "dhcp.ip.relay": ["ipv4", "relay"],
  "dhcp.hw.type": ["uint8", "kind of hardware"],
  "dhcp.hw.mac_addr": ["ether", "client's MAC address"],
  "dhcp.option.type": ["uint8", "type of an option"],
  "dhcp.option.length": ["uint8", "length of an option, bytes"],
  ...Object.fromEntries(
    Object.values(optionFields).map(([name, kind]) => [name, [kind, "an option"] as const]),
  ),
});

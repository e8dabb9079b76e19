import { secondsText } from "../inspection/filter/value-text.ts";
import type { Packet } from "../inspection/packets.ts";

const numberWidth = 5;
const timeWidth = 12;
const addressWidth = 15;
const protocolWidth = 8;

/** A packet as a line of a list, or the values of the fields asked for between tabs. */
export function packetLine(packet: Packet, fields: readonly string[]): string {
  if (fields.length > 0)
    return packet.fields.map((values) => values.map(printable).join("|")).join("\t");
  const { relativeTime, source, destination, protocol, length, info } = packet;
  const time = relativeTime === null ? "" : secondsText(relativeTime).slice(0, -3);
  return [
    String(packet.number).padStart(numberWidth),
    time.padStart(timeWidth),
    `${source.padStart(addressWidth)} → ${destination.padEnd(addressWidth)}`,
    protocol.toUpperCase().padEnd(protocolWidth),
    String(length),
    printable(info),
  ].join(" ");
}

/** A packet as JSON; times are nanoseconds as decimal text, values of fields are lists of texts. */
export function packetJson(packet: Packet, names: readonly string[]): string {
  const { relativeTime, time, fields, ...rest } = packet;
  return JSON.stringify({
    ...rest,
    relativeTime: relativeTime === null ? null : String(relativeTime),
    time: time === null ? null : String(time),
    ...(names.length > 0 && {
      fields: Object.fromEntries(names.map((name, index) => [name, fields[index]])),
    }),
  });
}

/** Text comes from the network: what would move the cursor is not shown. */
function printable(text: string): string {
  return text
    .replaceAll("\r", String.raw`\r`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\t", String.raw`\t`)
    .replaceAll(/\p{Cc}/gu, "?");
}

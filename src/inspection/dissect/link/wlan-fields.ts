import { uint16In } from "../../file/bytes.ts";
import type { Field, Fields } from "../field.ts";
import { computed } from "../field-helpers.ts";
import type { Layer } from "../frame.ts";

const frameType = { management: 0, control: 1, data: 2 } as const;
const elementSsid = 0;
/** Fixed bytes before the elements, by management subtype (IEEE 802.11-2020, 9.3.3). */
const elementOffsets: Readonly<Record<number, number>> = {
  0: 28,
  1: 30,
  2: 34,
  4: 24,
  5: 36,
  8: 36,
};

const typeOf = ({ bytes, start }: Layer): number => ((bytes[start] ?? 0) >> 2) & 3;
const subtypeOf = ({ bytes, start }: Layer): number => (bytes[start] ?? 0) >> 4;

function addressAt({ bytes, start, end }: Layer, offset: number): Uint8Array | null {
  return start + offset + 6 <= end ? bytes.subarray(start + offset, start + offset + 6) : null;
}

/** Which address of the header plays a part, by the direction flags (9.3.2.1). */
const places: Readonly<Record<string, readonly number[]>> = {
  source: [10, 10, 16, 24],
  destination: [4, 16, 4, 16],
  network: [16, 4, 10, -1],
};

function role(part: string, description: string): Field {
  return computed("ether", description, (layer) => {
    const type = typeOf(layer);
    if (type !== frameType.data && type !== frameType.management) return null;
    const direction = type === frameType.data ? (layer.bytes[layer.start + 1] ?? 0) & 3 : 0;
    const offset = places[part]?.[direction] ?? -1;
    return offset < 0 ? null : addressAt(layer, offset);
  });
}

function ssidOf(layer: Layer): Uint8Array | null {
  const { bytes, start, end } = layer;
  const offset = elementOffsets[subtypeOf(layer)];
  if (typeOf(layer) !== frameType.management || offset === undefined) return null;
  for (let at = start + offset; at + 2 <= end; at += 2 + (bytes[at + 1] ?? 0)) {
    if (bytes[at] !== elementSsid) continue;
    return bytes.subarray(at + 2, Math.min(end, at + 2 + (bytes[at + 1] ?? 0)));
  }
  return null;
}

const flagAt = (mask: number, description: string): Field => ({
  type: "boolean",
  at: 1,
  mask,
  description,
});

/** IEEE 802.11-2020, 9.2. */
export const wlanFields: Fields = {
  "wlan.fc.version": { type: "uint8", at: 0, mask: 0x03, description: "version" },
  "wlan.fc.type": { type: "uint8", at: 0, mask: 0x0c, description: "0 management, 2 data" },
  "wlan.fc.subtype": { type: "uint8", at: 0, mask: 0xf0, description: "kind within the type" },
  "wlan.fc.type_subtype": computed("uint16", "type and subtype; 8 is a beacon", (layer) =>
    layer.start >= layer.end ? null : typeOf(layer) * 16 + subtypeOf(layer),
  ),
  "wlan.fc.tods": flagAt(0x01, "to the access point"),
  "wlan.fc.fromds": flagAt(0x02, "from the access point"),
  "wlan.fc.retry": flagAt(0x08, "sent again"),
  "wlan.fc.protected": flagAt(0x40, "encrypted"),
  "wlan.ra": computed("ether", "receiver", (layer) => addressAt(layer, 4)),
  "wlan.sa": role("source", "source"),
  "wlan.da": role("destination", "destination"),
  "wlan.bssid": role("network", "the access point's network"),
  "wlan.ssid": computed("bytes", "name of the network", ssidOf),
};

/** http://www.radiotap.org. */
export const radiotapFields: Fields = {
  "radiotap.version": { type: "uint8", at: 0, description: "version" },
  "radiotap.length": computed("uint16", "length of the header, bytes", ({ bytes, start, end }) =>
    start + 4 <= end ? uint16In(bytes, start + 2, true) : null,
  ),
};

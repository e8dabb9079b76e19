import { uint16 } from "../../src/inspection/file/bytes.ts";

/** An Ethernet header, and how many bytes of the packet it takes the place of. */
export interface EthernetHeader {
  bytes: Uint8Array;
  replacedBytes: number;
}

const none: EthernetHeader = { bytes: new Uint8Array(0), replacedBytes: 0 };

/** What makes a packet of this link type an Ethernet frame; null when nothing can. */
export function ethernetHeaderFor(packet: Uint8Array, linkType: number): EthernetHeader | null {
  switch (linkType) {
    case 1:
      return none;
    case 0:
    case 108:
      return byVersion(packet, 4);
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return byVersion(packet, 0);
    case 113:
      return byEtherType(packet, 14, 16);
    case 276:
      return byEtherType(packet, 0, 20);
    default:
      return null;
  }
}

function byVersion(packet: Uint8Array, replacedBytes: number): EthernetHeader | null {
  const version = (packet[replacedBytes] ?? 0) >> 4;
  if (version !== 4 && version !== 6) return null;
  return { bytes: header(version === 4 ? 0x0800 : 0x86dd), replacedBytes };
}

function byEtherType(packet: Uint8Array, at: number, replacedBytes: number): EthernetHeader | null {
  const etherType = uint16(packet, at);
  if (etherType < 0x0600 || packet.length < replacedBytes) return null;
  return { bytes: header(etherType), replacedBytes };
}

/** Locally administered addresses. */
function header(etherType: number): Uint8Array {
  return Uint8Array.of(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, etherType >> 8, etherType & 0xff);
}

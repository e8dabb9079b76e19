import { parseAddress } from "../../src/arm/address-range.ts";

export interface TestPacket {
  family: 4 | 6;
  source: string;
  destination: string;
  protocol: "tcp" | "udp" | "icmp";
  sourcePort: number;
  destinationPort: number;
}

const linkTypeEthernet = 1;

/** A frame with just enough in it for a capture filter to look at. */
export function ethernetFrame(packet: TestPacket): Buffer {
  const transport = Buffer.alloc(20);
  if (packet.protocol === "icmp") transport[0] = 8;
  else {
    transport.writeUInt16BE(packet.sourcePort, 0);
    transport.writeUInt16BE(packet.destinationPort, 2);
  }
  if (packet.protocol === "tcp") transport[12] = 5 << 4;
  const ethernet = Buffer.alloc(14);
  ethernet.writeUInt16BE(packet.family === 4 ? 0x0800 : 0x86dd, 12);
  return Buffer.concat([ethernet, ipHeader(packet, transport.length), transport]);
}

function ipHeader(packet: TestPacket, payloadSize: number): Buffer {
  const source = addressBytes(packet.source);
  const destination = addressBytes(packet.destination);
  if (packet.family === 4) {
    const header = Buffer.alloc(12);
    header[0] = 0x45;
    header.writeUInt16BE(20 + payloadSize, 2);
    header[8] = 64;
    header[9] = { tcp: 6, udp: 17, icmp: 1 }[packet.protocol];
    return Buffer.concat([header, source, destination]);
  }
  const header = Buffer.alloc(8);
  header[0] = 0x60;
  header.writeUInt16BE(payloadSize, 4);
  header[6] = { tcp: 6, udp: 17, icmp: 58 }[packet.protocol];
  header[7] = 64;
  return Buffer.concat([header, source, destination]);
}

function addressBytes(text: string): Buffer {
  const address = parseAddress(text);
  if (!address) throw new Error(`not an address: ${text}`);
  const digits = address.family === "ip" ? 8 : 32;
  return Buffer.from(address.value.toString(16).padStart(digits, "0"), "hex");
}

/** A classic pcap; the seconds of a packet's time are its index, after those given. */
export function pcapFile(frames: readonly Buffer[], fromSeconds = 0): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(linkTypeEthernet, 20);
  const records = frames.map((frame, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(fromSeconds + index, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([header, ...records]);
}

/** The seconds of each packet's time in a classic pcap. */
export function readPcapTimes(file: Buffer): number[] {
  const times: number[] = [];
  for (let at = 24; at + 16 <= file.length; at += 16 + file.readUInt32LE(at + 8)) {
    times.push(file.readUInt32LE(at));
  }
  return times;
}

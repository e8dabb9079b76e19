import { Random } from "../../../bench/inspection/random.ts";
import { block } from "../../inspection/captures.ts";
import { PacketMaker, payload, word } from "./packets.ts";
import { ipv4Text, ipv6Text, macText, makeSecrets, type Secrets } from "./secrets.ts";

const packetCount = 40;
const linkTypes = [1, 101, 113, 276, 0] as const;

/** A capture full of addresses and payload, wherever one may be. */
export interface SecretCapture {
  file: Buffer;
  secrets: Secrets;
  packetCount: number;
}

/** The capture of a seed: a pcapng file with an interface for each link type, and words about addresses. */
export function makeSecretCapture(seed: number): SecretCapture {
  const random = new Random(seed);
  const secrets = makeSecrets(random);
  const maker = new PacketMaker(random, secrets);
  const packets = Array.from({ length: packetCount }, () => {
    const at = random.below(linkTypes.length);
    const whole = linked(linkTypes[at] ?? 1, maker, random);
    // What the frame is filled up with is not the packet's; at times it was cut in the recording.
    const padded = Buffer.concat([whole, payload(random.below(8)), maker.mac]);
    const kept = random.below(4) === 0 ? random.below(padded.length) : padded.length;
    return packetBlock(at, padded.subarray(0, kept), padded.length, maker);
  });
  const blocks = [
    section(maker),
    ...linkTypes.map((type) => interfaceBlock(type, maker)),
    namesBlock(maker),
    secretsBlock(maker),
    ...packets,
  ];
  return { file: Buffer.concat(blocks), secrets, packetCount };
}

function linked(type: number, maker: PacketMaker, random: Random): Buffer {
  const { type: etherType, bytes } = maker.frame();
  switch (type) {
    case 1:
      return maker.ethernet();
    case 113:
      return Buffer.concat([
        Buffer.of(0, 0, 0, 1, 0, 6),
        maker.mac,
        Buffer.of(0, 0),
        word(etherType),
        bytes,
      ]);
    case 276:
      return Buffer.concat([
        word(etherType),
        Buffer.of(0, 0, 0, 0, 0, 1, 0, 1, 0, 6),
        maker.mac,
        Buffer.of(0, 0),
        bytes,
      ]);
    case 0:
      return Buffer.concat([Buffer.of(2, 0, 0, 0), maker.packet4()]);
    default:
      return random.below(2) === 0 ? maker.packet4() : maker.packet6();
  }
}

/** An option of pcapng with its padding (draft-ietf-opsawg-pcapng, 3.5). */
function option(code: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(bytes.length, 2);
  return Buffer.concat([head, bytes, Buffer.alloc(-bytes.length & 3)]);
}

const endOfOptions = Buffer.alloc(4);
const numbers = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

function section(maker: PacketMaker): Buffer {
  const head = Buffer.concat([numbers(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff)]);
  const comment = option(1, `from ${ipv4Text(maker.ipv4)} and ${macText(maker.mac)}`);
  return Buffer.from(block(0x0a0d0d0a, Buffer.concat([head, comment, endOfOptions])));
}

function interfaceBlock(linkType: number, maker: PacketMaker): Buffer {
  const options = [
    option(2, `eth-${macText(maker.mac)}`),
    option(3, `to ${ipv4Text(maker.ipv4)} and ${ipv6Text(maker.ipv6)}`),
    option(4, Buffer.concat([maker.ipv4, Buffer.of(255, 255, 255, 0)])),
    option(5, Buffer.concat([maker.ipv6, Buffer.of(64)])),
    option(6, maker.mac),
    option(11, `\0host ${ipv4Text(maker.ipv4)}`),
  ];
  return Buffer.from(
    block(1, Buffer.concat([numbers(linkType, 262_144), ...options, endOfOptions])),
  );
}

/** Names of addresses (4.5 there). */
function namesBlock(maker: PacketMaker): Buffer {
  const record = (type: number, address: Buffer): Buffer =>
    option(type, Buffer.concat([address, Buffer.from("a.example\0")]));
  const records = [record(1, maker.ipv4), record(2, maker.ipv6), endOfOptions];
  const options = [option(2, "dns"), option(3, maker.ipv4), endOfOptions];
  return Buffer.from(block(4, Buffer.concat([...records, ...options])));
}

/** Secrets of decryption (4.7 there). */
function secretsBlock(maker: PacketMaker): Buffer {
  const text = Buffer.concat([payload(32), Buffer.from(ipv4Text(maker.ipv4))]);
  return Buffer.from(block(10, Buffer.concat([numbers(0x544c534b, text.length), text])));
}

function packetBlock(at: number, kept: Buffer, length: number, maker: PacketMaker): Buffer {
  const head = numbers(at, 0, 1_000_000, kept.length, length);
  const padded = Buffer.concat([kept, Buffer.alloc(-kept.length & 3)]);
  const comment = option(1, `seen at ${ipv6Text(maker.ipv6)}`);
  return Buffer.from(block(6, Buffer.concat([head, padded, comment, endOfOptions])));
}

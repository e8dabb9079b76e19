import type { Dissector, Frame } from "../frame.ts";
import { dissectRtcp } from "./rtcp.ts";
import { isRtp, payloadsOf, rtpOf } from "./rtp.ts";

const lineCountMax = 500;
const mediaCountMax = 20;
const formatCountMax = 128;

interface Media {
  address: string;
  port: number;
  isRtp: boolean;
  isFax: boolean;
  formats: [number, string][];
  controlPort: number;
}

/** RFC 8866: tells the frame what will come to the ports that a description names. */
export function expectMedia(frame: Frame, text: string): void {
  for (const media of readMedia(text)) announce(frame, media);
}

/** The media of a description, each with the address that is in force for it. */
function readMedia(text: string): Media[] {
  const found: Media[] = [];
  let session = "";
  for (const line of text.split(/\r?\n/, lineCountMax)) {
    const media = found.at(-1);
    const address = /^c=IN IP[46] ([^\s/]+)/.exec(line)?.[1];
    if (address !== undefined && media) media.address = address;
    else if (address !== undefined) session = address;
    else if (line.startsWith("m=") && found.length < mediaCountMax)
      found.push(newMedia(line, session));
    else if (media) readAttribute(media, line);
  }
  return found;
}

function newMedia(line: string, address: string): Media {
  const [, port, protocol] = /^m=\S+ (\d+)\S* (\S+)/.exec(line) ?? [];
  return {
    address,
    port: Number(port ?? 0),
    isRtp: /^(?:UDP\/TLS\/)?RTP\/S?AVPF?$/.test(protocol ?? ""),
    isFax: (protocol ?? "").toLowerCase() === "udptl",
    formats: [],
    controlPort: Number(port ?? 0) + 1,
  };
}

function readAttribute(media: Media, line: string): void {
  const [, number, name] = /^a=rtpmap:(\d+) ([\w.-]+)/.exec(line) ?? [];
  if (number !== undefined && name !== undefined && media.formats.length < formatCountMax)
    media.formats.push([Number(number), name]);
  const control = /^a=rtcp:(\d+)/.exec(line)?.[1];
  if (control !== undefined) media.controlPort = Number(control);
}

const dissectFax: Dissector = (frame, at) => frame.enter("t38", at);

function announce(frame: Frame, media: Media): void {
  const address = addressOf(frame, media.address);
  if (address < 0 || media.port === 0 || media.port > 65_534) return;
  const { expectations } = frame;
  if (media.isFax) expectations.expectDatagrams(address, media.port, dissectFax);
  if (!media.isRtp) return;
  expectations.expectDatagrams(address, media.port, rtpOf(payloadsOf(media.formats)), isRtp);
  expectations.expectDatagrams(address, media.controlPort, dissectRtcp, isRtp);
}

/** The number of an IPv4 address; -1 for names and for what is none. */
function addressOf({ analyses }: Frame, text: string): number {
  const [, ...parts] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text) ?? [];
  if (parts.length < 4) return -1;
  const key = parts.reduce((sum, part) => (sum << 8) | (Number(part) & 255), 0);
  return key === 0 ? -1 : analyses.addresses.ipv4(key);
}

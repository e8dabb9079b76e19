// The data connections of FTP (RFC 959, 3.2), which its control connection announces.
import { recognizesNothing } from "../transport/stream.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import type { StreamDissector, StreamPiece } from "../transport/stream.ts";

const dataPort = 20;
const textProbeSizeBytes = 20;

/** Where a frame was counted, so that it can be counted elsewhere when more is known. */
export interface CountedFrame {
  path: string[];
  bytes: number;
}

/** What the frame is counted as when its dissection ends here. */
export function countedFrame({ path, depth, wireLength }: Frame): CountedFrame {
  return { path: path.slice(0, depth), bytes: wireLength };
}

/** One announced data connection. */
export interface Channel {
  /** Active ones come from the server's data port. */
  isActive: boolean;
  /** The frame that announced it, and the command that it belongs to. */
  setup: CountedFrame | null;
  command: CountedFrame | null;
  frames: number;
}

export const commandNodes = [
  "ftp.command-response.frames",
  "ftp.command-response.bytes",
  "ftp.command-response.first-frame-num",
  "ftp.command-response.last-frame-num",
];
const durationNodes = ["ftp.command-response.duration", "ftp.command-response.bitrate"];
export const setupNode = "ftp.setup-frame";

/** What carries the data of one announced connection. */
export function channelStream(channel: Channel): StreamDissector {
  return {
    name: "ftp-data",
    recognizes: recognizesNothing,
    dissect(frame, piece) {
      const { sourcePort, destinationPort } = frame.ends;
      if (channel.isActive && sourcePort !== dataPort && destinationPort !== dataPort) return false;
      channel.frames++;
      tellControl(frame, channel);
      frame.enter("ftp-data", piece.at, piece.end, piece.bytes);
      frame.enter("ftp-data.setup-frame");
      frame.enter("ftp-data.setup-method");
      if (channel.command) {
        frame.enter("ftp-data.command");
        frame.enter("ftp-data.command-frame");
        frame.enter("ftp-data.current-working-directory");
      }
      enterText(frame, piece);
      return true;
    },
  };
}

/** The frames of the control connection show what became of them: tshark knows when it looks a second time. */
function tellControl({ analyses }: Frame, { setup, command, frames }: Channel): void {
  if (!command) return;
  if (frames === 1 && setup)
    analyses.hierarchy.move(
      setup.path,
      [...setup.path, "ftp.command", "ftp.command-frame"],
      setup.bytes,
    );
  if (frames !== 2) return;
  const at = command.path.lastIndexOf(setupNode);
  // Two connections may belong to one command, whose frame shows that only once.
  if (at < 0 || command.path[at - 1] === durationNodes.at(-1)) return;
  const longer = command.path.toSpliced(at, 0, ...durationNodes);
  analyses.hierarchy.move(command.path, longer, command.bytes);
  command.path = longer;
}

/** Printable characters and line ends alone, as far as is looked, are text. */
function enterText(frame: Frame, { bytes, at, end }: StreamPiece): void {
  for (let index = at; index < Math.min(end, at + textProbeSizeBytes); index++) {
    const byte = bytes[index] ?? 0;
    if ((byte < 32 && byte !== 10 && byte !== 13) || byte > 126) return;
  }
  frame.enter("data-text-lines", at, end, bytes);
}

const unannounced: StreamDissector = {
  name: "ftp-data",
  recognizes: recognizesNothing,
  dissect(frame, piece) {
    frame.enter("ftp-data", piece.at, piece.end, piece.bytes);
    frame.enter("ftp-data.setup-frame");
    enterText(frame, piece);
    return true;
  },
};

export const ftpData: Protocol = { name: "ftp-data", tcpPorts: [dataPort], stream: unannounced };

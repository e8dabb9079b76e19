import type { Frame } from "../dissect/frame.ts";
import type { DnsMessage } from "./dns-exchanges.ts";

/** Where a message lies. */
export interface MessagePlace {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Sees what the analyses see, packet by packet; an inspection that asks for no more does without. */
export interface PacketWatcher {
  /** A frame that was counted; `kind` is its `family`. */
  packet(frame: Frame, kind: number): void;
  /** The client that sent the frame calls its destination so. */
  destinationName(frame: Frame, name: string): void;
  dnsMessage(frame: Frame, message: DnsMessage, place: MessagePlace): void;
}

// A capture that is looked into packet by packet: what its rows, its layers and its streams are asked and answer.

/** Bytes of a file by their place, as a file on disk, a stored blob and a browser's File all can give. */
export interface RandomAccess {
  sizeBytes: number;
  /** Fewer bytes than asked for only at the file's end. */
  read(offset: number, lengthBytes: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** One line of the list. Times are decimal nanoseconds, since JSON has no whole numbers of that size. */
export interface PacketRow {
  number: number;
  relativeTime: string | null;
  time: string | null;
  source: string;
  destination: string;
  protocol: string;
  /** On the wire, bytes. */
  length: number;
  info: string;
  /** `tcp.stream` or `udp.stream`, for following it. */
  stream: StreamName | null;
}

export interface StreamName {
  protocol: "tcp" | "udp";
  stream: number;
}

export interface RowsQuestion {
  /** A display filter in Wireshark's language; empty: every packet. */
  filter: string;
  /** Place of the first row among those that pass the filter, from 0. */
  from: number;
  count: number;
}

/** While a filter's pass still goes on, `matchedCount` and `scannedCount` are what is known so far. */
export interface RowsAnswer {
  rows: PacketRow[];
  from: number;
  packetCount: number;
  matchedCount: number;
  scannedCount: number;
  /** `matchedCount` will not change any more. */
  isCounted: boolean;
  /** Neither will these rows. */
  isComplete: boolean;
  /** Why the file is read no further; null: it is whole. */
  problem: string | null;
}

/** A field of a layer as a person reads it, and where its bytes lie in its layer's data. */
export interface FieldNode {
  /** Wireshark's filter name. */
  name: string;
  label: string;
  value: string;
  /** A display filter that this packet passes because of this field; null where there is none. */
  filter: string | null;
  /** Bytes `[start, end)` of the data that it is read from; null where it is not read from bytes. */
  range: ByteRange | null;
}

export interface ByteRange {
  /** Which of the packet's `data`: 0 is the frame itself, the others were put together or decompressed. */
  data: number;
  start: number;
  end: number;
}

export interface LayerNode {
  protocol: string;
  title: string;
  range: ByteRange | null;
  fields: FieldNode[];
}

export interface PacketDetail {
  row: PacketRow;
  layers: LayerNode[];
  /** The frame, and what was put together from several; base64. */
  data: { name: string; base64: string }[];
  /** Bytes that the capture left out of the frame. */
  missingBytes: number;
}

export interface FollowQuestion extends StreamName {
  /** Place of the first piece, from 0. */
  from: number;
  /** No more bytes of payload than these. */
  bytesMax: number;
}

/** Some bytes of a stream in their order, and the frame with which they became readable. */
export interface FollowPiece {
  side: "a" | "b";
  frame: number;
  time: string | null;
  base64: string;
}

export interface FollowAnswer {
  a: { address: string; port: number | null };
  b: { address: string; port: number | null };
  pieces: FollowPiece[];
  /** Where to go on; null: that was all. */
  next: number | null;
  /** What is missing of the stream, in a sentence; null: nothing. */
  problem: string | null;
}

export interface HttpQuestion {
  /** A TCP stream. */
  stream: number;
  /** Place of the first message, from 0. */
  from: number;
  count: number;
  /** Of each body the beginning, up to so many bytes. */
  bodyBytesMax: number;
}

/** A request or a response of HTTP/1. */
export interface HttpMessageNode {
  /** Its place among the stream's messages, from 0. */
  number: number;
  side: "a" | "b";
  /** The frame with which its head became readable. */
  frame: number;
  time: string | null;
  startLine: string;
  /** All lines of the head as they were sent. */
  head: string;
  contentType: string;
  contentEncoding: string;
  /** False: the body is still in that encoding. */
  isDecoded: boolean;
  /** Without chunks, and decoded where `isDecoded` says so. */
  bodySizeBytes: number;
  /** False: the stream, or what is known of it, ends inside the message. */
  isWhole: boolean;
  /** The beginning of the body. */
  base64: string;
}

export interface HttpAnswer {
  a: FollowAnswer["a"];
  b: FollowAnswer["b"];
  messages: HttpMessageNode[];
  /** Where to go on; null: that was all. */
  next: number | null;
  /** Bytes so far that are of no HTTP/1 message. */
  otherBytes: number;
  problem: string | null;
}

/** Where the page gets packets from: the control plane for a stored capture, its own worker for a dropped file. */
export interface PacketBook {
  rows(question: RowsQuestion, signal?: AbortSignal): Promise<RowsAnswer>;
  /** By its number, from 1. */
  packet(number: number, signal?: AbortSignal): Promise<PacketDetail>;
  follow(question: FollowQuestion, signal?: AbortSignal): Promise<FollowAnswer>;
  http(question: HttpQuestion, signal?: AbortSignal): Promise<HttpAnswer>;
}

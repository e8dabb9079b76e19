import { z } from "zod";

const nanoseconds = z.string().nullable().describe("Decimal nanoseconds; null: the file has none");
const streamName = z.object({ protocol: z.enum(["tcp", "udp"]), stream: z.int() });

const packetRow = z.object({
  number: z.int().describe("From 1, in the order of the file"),
  relativeTime: nanoseconds.describe("Since the first packet"),
  time: nanoseconds.describe("Since 1970, UTC"),
  source: z.string(),
  destination: z.string(),
  protocol: z.string().describe("The innermost, by Wireshark's filter name"),
  length: z.int().describe("On the wire, bytes"),
  info: z.string(),
  stream: streamName.nullable(),
});

/** `RowsAnswer`. */
export const rowsAnswer = z.object({
  rows: z.array(packetRow),
  from: z.int(),
  packetCount: z.int(),
  matchedCount: z.int().describe("Packets that pass the filter, as far as is known"),
  scannedCount: z.int().describe("Packets that were looked at so far"),
  isCounted: z.boolean().describe("matchedCount will not change any more"),
  isComplete: z.boolean().describe("False: ask again, the counts or these rows may change"),
  problem: z.string().nullable().describe("Why the file is read no further"),
});

const byteRange = z.object({
  data: z.int().describe("Which of the packet's data"),
  start: z.int(),
  end: z.int().describe("The byte after the last"),
});

/** `PacketDetail`. */
export const packetDetail = z.object({
  row: packetRow,
  layers: z.array(
    z.object({
      protocol: z.string(),
      title: z.string(),
      range: byteRange.nullable(),
      fields: z.array(
        z.object({
          name: z.string(),
          label: z.string(),
          value: z.string(),
          filter: z.string().nullable().describe("A display filter that this packet passes"),
          range: byteRange.nullable(),
        }),
      ),
    }),
  ),
  data: z.array(z.object({ name: z.string(), base64: z.string() })),
  missingBytes: z.int(),
});

const end = z.object({ address: z.string(), port: z.int().nullable() });

/** `FollowAnswer`. */
export const followAnswer = z.object({
  a: end.describe("Who sent the stream's first packet"),
  b: end,
  pieces: z.array(
    z.object({
      side: z.enum(["a", "b"]),
      frame: z.int(),
      time: nanoseconds,
      base64: z.string(),
    }),
  ),
  next: z.int().nullable().describe("`from` of the next page; null: that was all"),
  problem: z.string().nullable(),
});

/** `HttpAnswer`. */
export const httpAnswer = z.object({
  a: end.describe("Who sent the stream's first packet"),
  b: end,
  messages: z.array(
    z.object({
      number: z.int().describe("Among the stream's messages, from 0"),
      side: z.enum(["a", "b"]),
      frame: z.int().describe("With which the head became readable"),
      time: nanoseconds,
      startLine: z.string(),
      head: z.string().describe("All its lines as they were sent"),
      contentType: z.string(),
      contentEncoding: z.string(),
      isDecoded: z.boolean().describe("False: the body is still in that encoding"),
      bodySizeBytes: z.int().describe("Without chunks, and decoded where isDecoded says so"),
      isWhole: z.boolean().describe("False: what is there ends inside the message"),
      base64: z.string().describe("The beginning of the body"),
    }),
  ),
  next: z.int().nullable().describe("`from` of the next page; null: that was all"),
  otherBytes: z.int().describe("Bytes so far that are of no HTTP/1 message"),
  problem: z.string().nullable(),
});

/** How a display filter that cannot be used is refused. */
export const filterRefusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    target: z.string(),
    place: z.object({ start: z.int(), end: z.int() }),
  }),
});

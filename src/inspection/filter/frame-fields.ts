import type { Field, Fields, FieldType, FieldValue } from "../dissect/field.ts";
import type { FrameLayer } from "./subject.ts";

/** A field with at most one value. */
function one(
  type: FieldType,
  description: string,
  read: (packet: FrameLayer) => FieldValue | null,
): Field {
  return {
    type,
    description,
    read(layer, add) {
      const value = read(layer as FrameLayer);
      if (value !== null) add(value);
    },
  };
}

const zero = 0n;

/** Fields of the packet as a whole. */
export const frameFields: Fields = {
  "frame.number": one("uint32", "number of the packet in the file, from 1", ({ number }) => number),
  "frame.len": one("uint32", "length on the wire, bytes", ({ wireLength }) => wireLength),
  "frame.cap_len": one(
    "uint32",
    "bytes that were recorded",
    ({ capturedLength }) => capturedLength,
  ),
  "frame.time": one("absoluteTime", "when it was recorded", ({ hasTime, time }) =>
    hasTime ? time : null,
  ),
  "frame.time_epoch": one("relativeTime", "seconds since the epoch", ({ hasTime, time }) =>
    hasTime ? time : null,
  ),
  "frame.time_relative": one("relativeTime", "time since the first packet", (packet) =>
    packet.hasTime ? packet.time - (packet.firstTime ?? packet.time) : null,
  ),
  "frame.time_delta": one("relativeTime", "time since the packet before", (packet) =>
    packet.hasTime ? delta(packet) : null,
  ),
  "frame.time_delta_displayed": one(
    "relativeTime",
    "time since the packet before; every packet counts as displayed",
    (packet) => (packet.hasTime ? delta(packet) : null),
  ),
  "frame.offset_shift": one("relativeTime", "always 0: no time is shifted", ({ hasTime }) =>
    hasTime ? zero : null,
  ),
  "frame.protocols": one("string", "its protocols, joined by colons", (packet) =>
    packet.protocols().join(":"),
  ),
  "frame.interface_id": one("uint32", "number of the interface", (packet) =>
    packet.interfaceIndex < 0 ? null : packet.interfaceIndex,
  ),
  "frame.marked": one("boolean", "always false: no packet is marked", () => 0),
  "frame.ignored": one("boolean", "always false: no packet is ignored", () => 0),
  "frame.comment": {
    type: "string",
    description: "comments kept in the file with the packet",
    read(layer, add) {
      for (const comment of (layer as FrameLayer).comments) add(comment);
    },
  },
};

function delta({ time, previousTime }: FrameLayer): bigint {
  return previousTime === null ? zero : time - previousTime;
}

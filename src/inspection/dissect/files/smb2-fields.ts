import { uint16In, uint32In } from "../../file/bytes.ts";
import type { Fields } from "../field.ts";
import { computed } from "../field-helpers.ts";
import type { Layer } from "../frame.ts";

const headerSizeBytes = 64;
const responseFlag = 1;

/** True when the layer begins with a header that is not encrypted or compressed. */
function hasHeader({ bytes, start, end }: Layer): boolean {
  return start + headerSizeBytes <= end && bytes[start] === 0xfe;
}

const flagsOf = ({ bytes, start }: Layer): number => uint32In(bytes, start + 16, true);

/** MS-SMB2, 2.2.1. */
export const smb2Fields: Fields = {
  "smb2.cmd": computed("uint16", "command; 5 creates, 8 reads, 9 writes", (layer) =>
    hasHeader(layer) ? uint16In(layer.bytes, layer.start + 12, true) : null,
  ),
  "smb2.nt_status": computed("uint32", "status of a response", (layer) =>
    hasHeader(layer) && flagsOf(layer) & responseFlag
      ? uint32In(layer.bytes, layer.start + 8, true)
      : null,
  ),
  "smb2.flags.response": computed("boolean", "is a response", (layer) =>
    hasHeader(layer) ? (flagsOf(layer) & responseFlag) !== 0 : null,
  ),
  "smb2.msg_id": computed("int64", "number of the message", (layer) =>
    hasHeader(layer)
      ? BigInt(uint32In(layer.bytes, layer.start + 24, true)) |
        (BigInt(uint32In(layer.bytes, layer.start + 28, true)) << 32n)
      : null,
  ),
};

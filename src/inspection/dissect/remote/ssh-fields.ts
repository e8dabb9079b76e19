import type { Fields } from "../field.ts";
import { computed } from "../field-helpers.ts";

const lineSizeMax = 255;
const decoder = new TextDecoder("latin1");

/** RFC 4253, 4.2. */
export const sshFields: Fields = {
  "ssh.protocol": computed(
    "string",
    "the line that a side begins with",
    ({ bytes, start, end }) => {
      const text = decoder.decode(bytes.subarray(start, Math.min(end, start + lineSizeMax)));
      return /^SSH-[^\r\n]*/.exec(text)?.[0] ?? null;
    },
  ),
};

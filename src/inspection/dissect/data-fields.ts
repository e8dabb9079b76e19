import type { Fields } from "./field.ts";
import { computed } from "./field-helpers.ts";

/** Fields of bytes that no dissector knew. */
export const dataFields: Fields = {
  "data.data": computed("bytes", "the bytes", ({ bytes, start, end }) =>
    bytes.subarray(start, end),
  ),
  "data.len": computed("int32", "how many", ({ start, end }) => end - start),
};

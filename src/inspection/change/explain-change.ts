import { passOver } from "../inspect.ts";
import type { ChangeAnswer } from "./change-answer.ts";
import type { ChangeOptions } from "./change-options.ts";

/**
 * What changed at a moment of a capture, and why: one pass over a pcap or pcapng file, also gzipped. A damaged
 * file is answered from what could be read; any other raises CaptureFormatUnknown.
 */
export async function explainChange(
  source: AsyncIterable<Uint8Array>,
  options: ChangeOptions,
): Promise<ChangeAnswer> {
  const { signal, policy } = options;
  const { brief } = await passOver(source, {
    change: options,
    ...(signal && { signal }),
    ...(policy && { policy }),
  });
  const { change } = brief;
  if (!change) throw new Error("an inspection was asked for a change and gave none");
  return change;
}

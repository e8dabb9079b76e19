import { createHash } from "node:crypto";
import { NightcapError } from "../../common/errors.ts";

/** Bytes that are compared with the hash that the host gave while they are read. */
export interface HashedFile {
  /** Fails at its end when they are others. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Of all that was read; null: not to the end. */
  readonly sha256: string | null;
}

export function hashWhileRead(
  source: AsyncIterable<Uint8Array>,
  expected: string,
  signal: AbortSignal,
): HashedFile {
  let sha256: string | null = null;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    for await (const chunk of source) {
      signal.throwIfAborted();
      hash.update(chunk);
      yield chunk;
    }
    sha256 = hash.digest("hex");
    if (sha256 !== expected) throw new NightcapError("HashMismatch", `SHA-256 is ${sha256}`);
  }
  return {
    chunks: chunks(),
    get sha256() {
      return sha256;
    },
  };
}

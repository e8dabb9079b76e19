import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Addresses } from "../analysis/addresses.ts";
import type { Frame } from "../dissect/frame.ts";
import type { ReadProblem } from "../file/capture-reader.ts";
import type { Endpoint } from "../inspection.ts";
import { DissectedCapture, type DissectOptions } from "./dissected-capture.ts";
import { TcpFollower, type StreamSink } from "./tcp-follower.ts";

/** Streams being digested at a time; beyond it the one that was silent longest is told early. */
const openStreamCountMax = 50_000;

/** What one TCP stream carried: `a` sent its first frame; lost bytes are a text, as in tshark. */
export interface StreamDigest {
  stream: number;
  a: Endpoint;
  b: Endpoint;
  bytesAToB: number;
  bytesBToA: number;
  /** Lower-case hex. */
  sha256AToB: string;
  sha256BToA: string;
}

/** How following ended. */
export interface FollowResult {
  problem: ReadProblem | null;
  /** What reached a bound: gaps given up early, and segments that came after their stream was told. */
  overflow: { gaps: number; segments: number };
}

/** The reassembled payload of each TCP stream as its SHA-256; in the order of streams unless there are very many. */
export async function* digestStreams(
  source: AsyncIterable<Uint8Array>,
  options: DissectOptions = {},
): AsyncGenerator<StreamDigest, FollowResult> {
  const capture = new DissectedCapture(source, options);
  const open = new OpenDigests(capture.analyses.addresses);
  const follower = new TcpFollower(open);
  capture.frame.payloadListener = follower;
  for await (const _ of capture.run()) {
    for (const done of open.takeSilent()) {
      follower.close(done.stream);
      yield done;
    }
  }
  yield* open.takeAll();
  return {
    problem: capture.problem,
    overflow: { gaps: follower.budget.overflow, segments: follower.lateSegments },
  };
}

type Hash = ReturnType<typeof sha256.create>;

interface OpenDigest {
  stream: number;
  a: Endpoint;
  b: Endpoint;
  fromA: DigestSide;
  fromB: DigestSide;
}

interface DigestSide {
  sizeBytes: number;
  /** Made at the first byte: many streams carry none. */
  hash: Hash | null;
}

/** The streams being digested, the longest silent first. */
class OpenDigests implements StreamSink {
  readonly #addresses: Addresses;
  readonly #open = new Map<number, OpenDigest>();

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  open(stream: number, { ends }: Frame): boolean {
    const { source, sourcePort, destination, destinationPort } = ends;
    this.#open.set(stream, {
      stream,
      a: { address: this.#addresses.text(source), port: sourcePort },
      b: { address: this.#addresses.text(destination), port: destinationPort },
      fromA: { sizeBytes: 0, hash: null },
      fromB: { sizeBytes: 0, hash: null },
    });
    return true;
  }

  bytes(stream: number, fromA: boolean, bytes: Uint8Array): void {
    const digest = this.#open.get(stream);
    if (!digest) return;
    const side = fromA ? digest.fromA : digest.fromB;
    side.sizeBytes += bytes.length;
    (side.hash ??= sha256.create()).update(bytes);
    if (this.#open.size < openStreamCountMax) return;
    this.#open.delete(stream);
    this.#open.set(stream, digest);
  }

  /** Those over the bound, told and forgotten. */
  *takeSilent(): Generator<StreamDigest, void> {
    for (const [stream, digest] of this.#open) {
      if (this.#open.size <= openStreamCountMax) return;
      this.#open.delete(stream);
      yield told(digest);
    }
  }

  *takeAll(): Generator<StreamDigest, void> {
    const rest = [...this.#open.values()].toSorted((one, other) => one.stream - other.stream);
    for (const digest of rest) yield told(digest);
  }
}

function told({ stream, a, b, fromA, fromB }: OpenDigest): StreamDigest {
  return {
    stream,
    a,
    b,
    bytesAToB: fromA.sizeBytes,
    bytesBToA: fromB.sizeBytes,
    sha256AToB: digestOf(fromA),
    sha256BToA: digestOf(fromB),
  };
}

function digestOf({ hash }: DigestSide): string {
  return bytesToHex((hash ?? sha256.create()).digest());
}

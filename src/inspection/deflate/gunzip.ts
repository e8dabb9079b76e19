import { uint32In } from "../file/bytes.ts";
import { crc32 } from "./crc32.ts";
import { gzipHeaderSize, gzipHeaderSizeMax } from "./headers.ts";
import { Inflate, inflateState } from "./inflate.ts";

const trailerSizeBytes = 8;

/** Told what went wrong with the compression; what came out before stands. */
export interface GunzipReport {
  problem: string | null;
}

/**
 * The content of gzip members (RFC 1952), one after another. A cut or damaged file gives what can be
 * read before it. What follows the last member and is none is passed over, as gzip does.
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  report: GunzipReport,
): AsyncGenerator<Uint8Array, void> {
  const members = new GzipMembers(report);
  for await (const chunk of source) {
    members.inflate.push(chunk, false);
    yield* members.read(false);
    if (members.isDone) return;
  }
  members.inflate.push(new Uint8Array(0), true);
  yield* members.read(true);
}

const part = { header: 0, data: 1, trailer: 2 } as const;

/** Reads members from what is pushed into `inflate`. */
export class GzipMembers {
  readonly inflate = new Inflate();
  readonly #report: GunzipReport;
  #part: number = part.header;
  #count = 0;
  #crc = 0;
  #size = 0;
  isDone = false;

  constructor(report: GunzipReport) {
    this.#report = report;
  }

  *read(isLast: boolean): Generator<Uint8Array, void> {
    while (!this.isDone) {
      if (this.#part === part.data) {
        const more = yield* this.#readData();
        if (!more) return;
      } else if (!(this.#part === part.header ? this.#readHeader() : this.#readTrailer())) {
        if (isLast) this.#endInside();
        return;
      }
    }
  }

  /** False when more input is needed. */
  *#readData(): Generator<Uint8Array, boolean> {
    const { inflate } = this;
    const state = inflate.run();
    const page = inflate.take();
    this.#crc = crc32(page, this.#crc);
    this.#size = (this.#size + page.length) >>> 0;
    if (page.length > 0) yield page;
    if (state === inflateState.broken) this.#fail(inflate.problem);
    if (state === inflateState.ended) this.#part = part.trailer;
    return state !== inflateState.needsInput;
  }

  #readHeader(): boolean {
    const { rest } = this.inflate;
    if (this.#count > 0 && isNoMember(rest)) {
      this.isDone = true;
      return true;
    }
    const size = gzipHeaderSize(rest);
    if (size < 0) return false;
    if (size === 0 || size > gzipHeaderSizeMax) {
      this.#fail("a member's header that is none");
      return true;
    }
    this.inflate.skip(size);
    this.inflate.reset();
    this.#crc = 0;
    this.#size = 0;
    this.#count++;
    this.#part = part.data;
    return true;
  }

  #readTrailer(): boolean {
    const { rest } = this.inflate;
    if (rest.length < trailerSizeBytes) return false;
    const matches = uint32In(rest, 0, true) === this.#crc && uint32In(rest, 4, true) === this.#size;
    if (!matches) this.#report.problem ??= "gzip: the checksum is not that of the content";
    this.inflate.skip(trailerSizeBytes);
    this.#part = part.header;
    return true;
  }

  #endInside(): void {
    const { length } = this.inflate.rest;
    if (this.#part === part.header && this.#count > 0 && length === 0) return;
    this.#fail(
      this.#part === part.header ? "it ends inside a header" : "it ends inside a checksum",
    );
  }

  #fail(problem: string): void {
    this.#report.problem ??= `gzip: ${problem}`;
    this.isDone = true;
  }
}

/** Padding, or whatever else follows the members. */
function isNoMember(rest: Uint8Array): boolean {
  return (rest.length > 0 && rest[0] !== 0x1f) || (rest.length > 1 && rest[1] !== 0x8b);
}

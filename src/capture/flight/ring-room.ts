import { rmSync } from "node:fs";
import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import type { Holds } from "./holds.ts";
import { listRingFiles } from "./ring-file.ts";
import type { RingFolder } from "./ring-folder.ts";
import type { FlightRecorderSettings } from "./settings.ts";

const fileSizeBytesMin = 65_536;
/** Ring and holds share what the folder has room for. */
const shareOfRoom = 1 / 2;
const shareOfHeldUnchecked = 1 / 16;
/** Under load files are given up all the time: it is logged this often. */
const toldOfRoomMilliseconds = 10_000;

export interface RingRoomOptions {
  folder: RingFolder;
  holds: Holds;
  settings: Pick<
    FlightRecorderSettings,
    "sizeBytesMax" | "heldSizeBytesMax" | "fileSizeBytes" | "timeSecondsMax"
  >;
  clock: Clock;
  log: Log;
}

/** Keeps the ring's files, and what is held of them besides, within their limits. */
export class RingRoom {
  readonly sizeBytesMax: number;
  readonly heldSizeBytesMax: number;
  readonly #options: RingRoomOptions;
  #toldAt = 0;
  /** Files begun since the held ones were last looked at. */
  #begunCount = 0;

  constructor(options: RingRoomOptions) {
    this.#options = options;
    const { sizeBytesMax, heldSizeBytesMax } = options.settings;
    const room = Math.floor(options.folder.roomBytes * shareOfRoom);
    this.sizeBytesMax = Math.min(sizeBytesMax, room);
    this.heldSizeBytesMax = Math.min(heldSizeBytesMax, room);
  }

  /** Of one file, where so many interfaces share the ring. */
  fileSizeBytes(interfaceCount: number): number {
    const { fileSizeBytes } = this.#options.settings;
    const share = Math.floor(this.sizeBytesMax / (4 * interfaceCount));
    return Math.max(fileSizeBytesMin, Math.min(fileSizeBytes, share));
  }

  /** A recorder began a file; `currents` are those that are being written. */
  fileBegan(currents: ReadonlySet<string>): void {
    try {
      this.#options.holds.takeNew();
      this.trim(currents);
      if (this.#isHeldToBeChecked(currents.size)) this.enforce();
    } catch (error) {
      this.#options.log.warn(
        { reason: describeError(error) },
        "the ring's files cannot be kept in order",
      );
    }
  }

  /** Deletes the oldest files, whosever they are, until the ring is within its limits; `extraCount` beyond. */
  trim(currents: ReadonlySet<string>, extraCount = 0): void {
    const { clock, settings, folder } = this.#options;
    const files = listRingFiles(folder.directory);
    // The files being written have their whole size set aside, so that the ring never takes more.
    const aside = this.fileSizeBytes(Math.max(1, currents.size));
    let size = files.reduce((sum, { path, sizeBytes }) => {
      return sum + (currents.has(path) ? Math.max(aside, sizeBytes) : sizeBytes);
    }, 0);
    const { timeSecondsMax } = settings;
    const oldest = timeSecondsMax === null ? 0 : clock.now() - timeSecondsMax * 1_000;
    let extra = extraCount;
    const finished = files
      .filter(({ path }) => !currents.has(path))
      .sort((one, other) => one.modifiedAt - other.modifiedAt);
    for (const file of finished) {
      if (size <= this.sizeBytesMax && file.modifiedAt >= oldest && extra-- <= 0) break;
      rmSync(file.path, { force: true });
      size -= file.sizeBytes;
    }
  }

  /** What captures hold besides the ring is bounded, and what that costs is in their coverage. */
  enforce(): void {
    const { holds, clock, log } = this.#options;
    this.#begunCount = 0;
    const count = holds.enforce(this.heldSizeBytesMax);
    const now = clock.now();
    if (count === 0 || Math.abs(now - this.#toldAt) < toldOfRoomMilliseconds) return;
    this.#toldAt = now;
    log.warn({ count }, "held files of the ring are given up for want of room");
  }

  /** Looking at every held file takes time: it is done when a part of the limit may have come since. */
  #isHeldToBeChecked(interfaceCount: number): boolean {
    const sizeBytes = ++this.#begunCount * this.fileSizeBytes(Math.max(1, interfaceCount));
    return sizeBytes >= this.heldSizeBytesMax * shareOfHeldUnchecked;
  }
}

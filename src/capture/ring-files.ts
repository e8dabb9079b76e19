import { link, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { NightcapError } from "../common/errors.ts";
import { writeFileAtomic } from "../common/files.ts";
import { finishFile, hashFile } from "./finish.ts";
import { placeLocalFile, prepareLocalFile } from "./local-file.ts";
import { partSizeBytesMin } from "./parts.ts";
import {
  originalPath,
  rawBasePath,
  rawFilePattern,
  rewrittenPath,
  ringFileName,
  ringFilePath,
} from "./ring-names.ts";
import {
  type CaptureFiles,
  type CaptureOrigin,
  type CaptureSpec,
  type CaptureRing,
  captureFile,
  filesListedMax,
} from "./session.ts";
import { readRingList, type RingFile, ringListPath, type RingList } from "./ring-list.ts";
import { originOf, policyName, type SessionPrivacy } from "./session-privacy.ts";

export interface RingFilesOptions {
  /** The session's own. */
  directory: string;
  spec: CaptureSpec & { ring: CaptureRing };
  fileRoots: readonly string[];
  /** What stays of the packets; null: all. */
  privacy: SessionPrivacy | null;
  signal: AbortSignal;
}

/**
 * The files that a recording into several has finished: each is moved to its place, hashed and listed on
 * disk, and the oldest goes when there are too many. A crash at any moment leaves a list that the next
 * opening completes.
 */
export class RingFiles {
  readonly #options: RingFilesOptions;
  #state: RingList;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: RingFilesOptions, state: RingList) {
    this.#options = options;
    this.#state = state;
  }

  /** Opens the list, and takes in what an earlier run left half-done. */
  static async open(options: RingFilesOptions): Promise<RingFiles> {
    const state = await readRingList(options.directory);
    const policy = policyName(options.privacy);
    if (state.lastNumber > 0 && state.policy !== policy)
      throw new NightcapError(
        "InvalidParameter",
        "the host's policy is not that of the first files",
      );
    state.policy = policy;
    const files = new RingFiles(options, state);
    await files.#inTurn(() => files.#completeMoves());
    const names = await readdir(options.directory);
    for (const name of names.filter((each) => rawFilePattern.test(each)).sort()) {
      // Its dumpcap may have been killed: a torn end is left out.
      await files.take(join(options.directory, name), { endedAt: Number.POSITIVE_INFINITY });
      // Before the next: the disk never has more of a ring than its files and one.
      const { ring } = options.spec;
      if (ring.overwrites) await files.keepNewest(ring.fileCount);
    }
    return files;
  }

  /** Finished files that are kept. */
  get count(): number {
    return this.#kept.length;
  }

  get sizeBytes(): number {
    return this.#kept.reduce((sum, file) => sum + file.sizeBytes, 0);
  }

  /** The oldest that waits to be uploaded. */
  get nextUpload(): RingFile | null {
    return this.#kept.find((file) => !file.uploaded && file.sha256 !== "") ?? null;
  }

  /** Overwritten here, and still in the store as far as is known. */
  get overwritten(): RingFile[] {
    return this.#state.files.filter((file) => file.overwritten);
  }

  describe(): CaptureFiles {
    const done = this.#kept.filter(({ sha256 }) => sha256 !== "");
    return {
      count: done.length,
      overwrittenCount: this.#state.overwrittenCount,
      newest: done.slice(-filesListedMax).map((file) => captureFile.parse(file)),
    };
  }

  /** What the files were made from, once a policy was applied. */
  get origin(): CaptureOrigin | null {
    const { privacy } = this.#options;
    return privacy && originOf(privacy, this.#state.before);
  }

  /** Where the next dumpcap writes: names that no earlier one used, in the order of time. */
  async beginRun(): Promise<string> {
    await this.#inTurn(async () => {
      this.#state.lastRun += 1;
      await this.#write();
    });
    return rawBasePath(this.#options.directory, this.#state.lastRun);
  }

  /**
   * Takes a file that dumpcap has finished. With `endedAt` it is read and written anew: packets from that
   * moment on and a torn end are left out, and one without packets is not kept beside others. So it is
   * with a policy, before it has a place or a name outside.
   */
  take(rawPath: string, how: { endedAt: number | null }): Promise<void> {
    return this.#inTurn(async () => {
      const size = await sizeOf(rawPath);
      if (size === null) this.#state.overwrittenCount += 1; // dumpcap was faster
      if (size === null || size < partSizeBytesMin) {
        await rm(rawPath, { force: true });
        return;
      }
      const isRewritten = how.endedAt !== null || this.#options.privacy !== null;
      if (isRewritten && !(await this.#rewrite(rawPath, how.endedAt ?? Number.POSITIVE_INFINITY)))
        return;
      const number = this.#state.lastNumber + 1;
      const name = ringFileName(number, basename(rawPath));
      const raw = isRewritten ? rewrittenPath(basename(rawPath)) : basename(rawPath);
      const path = ringFilePath(this.#options.directory, this.#options.spec.filePath, name);
      const file = { name, raw, path, sizeBytes: 0, sha256: "", overwritten: false, sent: false };
      this.#state.lastNumber = number;
      this.#state.files.push({ ...file, filePath: null, uploaded: false });
      await this.#write();
      await this.#completeMoves();
    });
  }

  /** Deletes the oldest until at most `keepCount` are left. */
  keepNewest(keepCount: number): Promise<void> {
    return this.#inTurn(async () => {
      const gone = this.#kept.slice(0, Math.max(0, this.#kept.length - keepCount));
      if (gone.length === 0) return;
      for (const file of gone) {
        // While it was not moved, a file of that name may be anybody's.
        await (file.raw === null ? rm(file.path, { force: true }) : this.#removeRaw(file.raw));
        file.overwritten = true;
        this.#state.overwrittenCount += 1;
      }
      // Nobody else has a copy of one that was never sent.
      this.#state.files = this.#state.files.filter((file) => !file.overwritten || file.sent);
      await this.#write();
    });
  }

  /** Its upload begins, or was done. */
  note(name: string, change: Pick<RingFile, "sent"> | Pick<RingFile, "uploaded">): Promise<void> {
    return this.#inTurn(async () => {
      const file = this.#state.files.find((each) => each.name === name);
      if (file) Object.assign(file, change);
      await this.#write();
    });
  }

  /** The store has no copy of these any more. */
  forget(names: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      this.#state.files = this.#state.files.filter(
        (file) => !(file.overwritten && names.includes(file.name)),
      );
      await this.#write();
    });
  }

  get #kept(): RingFile[] {
    return this.#state.files.filter((file) => !file.overwritten);
  }

  /** False when nothing is left of it. */
  async #rewrite(rawPath: string, endedAt: number): Promise<boolean> {
    const { spec, privacy, signal } = this.#options;
    const part = { path: rawPath, sizeBytes: 0, modifiedAt: 0 };
    const whole = Number.isFinite(endedAt) ? endedAt : Number.MAX_SAFE_INTEGER / 1_000;
    const finished = await finishFile({
      parts: [part],
      filePath: rewrittenPath(rawPath),
      endedAt: whole,
      sizeBytesMax: 0,
      comments: [`Nightcap packet capture ${spec.name}, session ${spec.sessionId}`],
      packetsDropped: 0,
      privacy,
      signal,
    }).catch(async (error: unknown) => {
      if ((await sizeOf(rawPath)) !== null) throw error;
      this.#state.overwrittenCount += 1; // dumpcap was faster
      return null;
    });
    if (!finished) return false;
    const { packets, before } = finished;
    if (packets === 0 && this.#kept.length > 0) {
      await this.#removeRaw(basename(rewrittenPath(rawPath)));
      return false;
    }
    if (before) this.#count(before);
    return true;
  }

  #count(more: RingList["before"]): void {
    const { before } = this.#state;
    before.packets += more.packets;
    before.packetBytes += more.packetBytes;
    before.packetsEmptied += more.packetsEmptied;
  }

  /** A file that waits for its place, and what it was rewritten from. */
  async #removeRaw(raw: string): Promise<void> {
    const path = join(this.#options.directory, raw);
    await rm(path, { force: true });
    await rm(originalPath(path), { force: true });
  }

  async #completeMoves(): Promise<void> {
    for (const file of this.#state.files) {
      if (file.sha256 === "" && !file.overwritten) await this.#move(file);
    }
    const there = this.#state.files.filter((file) => file.sha256 !== "");
    this.#state.overwrittenCount += this.#state.files.length - there.length;
    this.#state.files = there;
    await this.#write();
  }

  /** May be done again after a crash at any of its steps. One that vanished meanwhile stays unhashed. */
  async #move(file: RingFile): Promise<void> {
    const { directory, spec } = this.#options;
    const rawPath = file.raw === null ? null : join(directory, file.raw);
    // What it was rewritten from would be taken for one more file at the next opening.
    if (rawPath !== null && originalPath(rawPath) !== rawPath)
      await rm(originalPath(rawPath), { force: true });
    if (rawPath !== null && (await sizeOf(rawPath)) !== null)
      await this.#place(file, rawPath).catch(async (error: unknown) => {
        if ((await sizeOf(rawPath)) !== null) throw error; // otherwise dumpcap was faster
      });
    const sizeBytes = await sizeOf(file.path);
    if (sizeBytes === null) return;
    file.sizeBytes = sizeBytes;
    file.sha256 = await hashFile(file.path);
    file.raw = null;
    file.filePath = spec.filePath === null ? null : file.path;
  }

  async #place(file: RingFile, rawPath: string): Promise<void> {
    const { spec, fileRoots } = this.#options;
    if (spec.filePath === null) return rename(rawPath, file.path);
    const { sessionId } = spec;
    await prepareLocalFile({ filePath: file.path, sessionId }, fileRoots);
    file.path = await placeByLink(rawPath, file.path, sessionId);
    await rm(rawPath, { force: true });
  }

  async #write(): Promise<void> {
    await writeFileAtomic(ringListPath(this.#options.directory), JSON.stringify(this.#state));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.catch(() => {}).then(work);
    this.#turn = turn;
    return turn;
  }
}

/** A second name costs nothing; another file system, or a name that is taken, needs a copy. */
async function placeByLink(source: string, filePath: string, sessionId: string): Promise<string> {
  const linked = await link(source, filePath).then(
    () => true,
    () => false,
  );
  if (linked) return filePath;
  return placeLocalFile({ source, sha256: await hashFile(source), filePath, sessionId });
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}

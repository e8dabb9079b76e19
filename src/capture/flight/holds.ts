import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { secretDirectoryMode, secretFileMode } from "../../common/files.ts";
import { listRingFiles, type RingFile } from "./ring-file.ts";

/** Sessions that may hold the ring at once; further ones are told that they cannot. */
const holdCountMax = 100;
const sessionIdPattern = /^[0-9a-f-]{36}$/;

/** What is known of the ring at the moment of a hold; beside the held files, so that it survives the agent. */
export const holdFacts = z.object({
  /** When it was asked for, milliseconds since the epoch. */
  heldAt: z.number(),
  holdMilliseconds: z.number(),
  heldFiles: z.number(),
  heldBytes: z.number(),
  filter: z.string(),
  interfaces: z.array(
    z.object({
      name: z.string(),
      snapLengthBytes: z.number(),
      /** The run that recorded then, and since when; null: none did. */
      recording: z.object({ run: z.number(), startedAt: z.number() }).nullable(),
      troubleReason: z.string().nullable(),
    }),
  ),
});
export type HoldFacts = z.infer<typeof holdFacts>;

/**
 * The ring's files as they are at one moment, by further names in a folder of the session's own: the
 * recorder goes on and deletes its names, the content stays. All of it is done in one go, without giving
 * way to anything else, because that moment is the point.
 */
export class Holds {
  readonly #directory: string;
  readonly #ring: string;
  /** Sessions whose hold still takes in the files that the recorder begins. */
  readonly #open = new Set<string>();
  /** Of this process; those of an earlier one are read from beside the files. */
  readonly #facts = new Map<string, HoldFacts>();
  /** Why a hold was given up, by session. */
  readonly #refused = new Map<string, string>();

  constructor(ring: string) {
    this.#ring = ring;
    this.#directory = join(ring, "hold");
  }

  get sessionIds(): string[] {
    return namesIn(this.#directory).filter((name) => sessionIdPattern.test(name));
  }

  directoryOf(sessionId: string): string {
    return join(this.#directory, sessionId.toLowerCase());
  }

  /** Holds every file of the ring; one that is held already is not held again. Throws when it cannot. */
  take(sessionId: string, facts: Pick<HoldFacts, "heldAt" | "filter" | "interfaces">): HoldFacts {
    const begun = performance.now();
    const known = this.factsOf(sessionId);
    if (known) return known;
    if (this.sessionIds.length >= holdCountMax) {
      throw new Error(`${holdCountMax} sessions hold the ring already`);
    }
    const directory = this.directoryOf(sessionId);
    mkdirSync(directory, { recursive: true, mode: secretDirectoryMode });
    const held = this.#link(sessionId);
    const taken = {
      ...facts,
      holdMilliseconds: performance.now() - begun,
      heldFiles: held.length,
      heldBytes: held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    };
    this.#facts.set(sessionId.toLowerCase(), taken);
    this.#open.add(sessionId.toLowerCase());
    writeFacts(directory, taken);
    return taken;
  }

  /** Takes in the files that the recorder has begun since, for every hold that is open. */
  takeNew(): void {
    for (const sessionId of this.#open) this.#link(sessionId);
  }

  /** Takes in no more files. */
  seal(sessionId: string): void {
    this.#open.delete(sessionId.toLowerCase());
  }

  /** After a restart of the agent: the hold takes in files again, those first that were begun since. */
  reopen(sessionId: string): void {
    if (!this.factsOf(sessionId)) return;
    this.#open.add(sessionId.toLowerCase());
    this.#link(sessionId);
  }

  factsOf(sessionId: string): HoldFacts | null {
    const known = this.#facts.get(sessionId.toLowerCase());
    if (known) return known;
    try {
      const text = readFileSync(factsPath(this.directoryOf(sessionId)), "utf8");
      return holdFacts.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  filesOf(sessionId: string): RingFile[] {
    return listRingFiles(this.directoryOf(sessionId));
  }

  /** Why the hold is there no longer, if it was given up. */
  refusalOf(sessionId: string): string | null {
    return this.#refused.get(sessionId.toLowerCase()) ?? null;
  }

  release(sessionId: string): void {
    this.seal(sessionId);
    this.#refused.delete(sessionId.toLowerCase());
    this.#facts.delete(sessionId.toLowerCase());
    rmSync(this.directoryOf(sessionId), { recursive: true, force: true });
  }

  /** Gives up the oldest holds until what they hold besides the ring is within the limit; their count. */
  enforce(sizeBytesMax: number): number {
    const inRing = new Set(listRingFiles(this.#ring).map(({ inode }) => inode));
    const holds = this.sessionIds
      .map((sessionId) => ({ sessionId, heldAt: this.factsOf(sessionId)?.heldAt ?? 0 }))
      .sort((one, other) => one.heldAt - other.heldAt);
    let given = 0;
    for (const { sessionId } of holds) {
      const bytes = this.#bytesBeside(inRing);
      if (bytes <= sizeBytesMax) break;
      this.release(sessionId);
      this.#refused.set(
        sessionId,
        `held files had ${bytes} bytes besides the ring, ${sizeBytesMax} are allowed: this hold was the oldest`,
      );
      given++;
    }
    return given;
  }

  /** Bytes that are there only because they are held. */
  heldBytes(): number {
    return this.#bytesBeside(new Set(listRingFiles(this.#ring).map(({ inode }) => inode)));
  }

  #bytesBeside(inRing: ReadonlySet<number>): number {
    const sizes = new Map<number, number>();
    for (const sessionId of this.sessionIds) {
      for (const file of this.filesOf(sessionId)) sizes.set(file.inode, file.sizeBytes);
    }
    let sum = 0;
    for (const [inode, size] of sizes) if (!inRing.has(inode)) sum += size;
    return sum;
  }

  #link(sessionId: string): RingFile[] {
    const directory = this.directoryOf(sessionId);
    const files = listRingFiles(this.#ring);
    return files.filter((file) => linkOnce(file.path, join(directory, file.name)));
  }
}

const factsPath = (directory: string): string => join(directory, "hold.json");

/** In a full folder the hold stands all the same, as long as this process lives. */
function writeFacts(directory: string, facts: HoldFacts): void {
  try {
    writeFileSync(factsPath(directory), JSON.stringify(facts), { mode: secretFileMode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

/** False for a file that is gone; one that is linked already stays. */
function linkOnce(from: string, to: string): boolean {
  if (statSync(to, { throwIfNoEntry: false })) return true;
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

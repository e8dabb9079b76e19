import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { secretDirectoryMode, secretFileMode } from "../../common/files.ts";
import { filesToGiveUp, type HeldFile, withGivenUp } from "./hold-room.ts";
import { listRingFiles, namedTime, type RingFile } from "./ring-file.ts";

/** Sessions that may hold the ring at once; further ones are told that they cannot. */
const holdCountMax = 100;
/** So long after its recording began a session takes in files; packets are written later on a busy machine. */
const joinMilliseconds = 2_000;
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
  /** Nothing older is wanted; milliseconds since the epoch. */
  neededFrom: z.number().default(0),
  /** The newest file of each interface at that moment. */
  newest: z
    .array(z.object({ interfaceName: z.string(), run: z.number(), number: z.number() }))
    .default([]),
  /** Held and then given up for want of room: files from the first to the last, and their times. */
  givenUp: z
    .array(
      z.object({
        interfaceName: z.string(),
        run: z.number(),
        first: z.number(),
        last: z.number(),
        from: z.number(),
        to: z.number(),
      }),
    )
    .default([]),
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

  /** When sessions' own recordings began, by session and interface. */
  readonly #joined = new Map<string, Map<string, number>>();

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
  take(sessionId: string, facts: AskedFacts): HoldFacts {
    const begun = performance.now();
    const known = this.factsOf(sessionId);
    if (known) return known;
    if (this.sessionIds.length >= holdCountMax) {
      throw new Error(`${holdCountMax} sessions hold the ring already`);
    }
    const directory = this.directoryOf(sessionId);
    mkdirSync(directory, { recursive: true, mode: secretDirectoryMode });
    const held = this.#link(sessionId);
    const taken: HoldFacts = {
      neededFrom: 0,
      ...facts,
      newest: newestOf(held),
      givenUp: [],
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

  /**
   * The session's own recording of an interface began: what comes much later is not wanted any more, and
   * what comes a little later only as long as there is room.
   */
  joins(sessionId: string, interfaceName: string, at: number): void {
    const id = sessionId.toLowerCase();
    const joined = this.#joined.get(id) ?? new Map<string, number>();
    this.#joined.set(id, joined.set(interfaceName, at));
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

  release(sessionId: string): void {
    this.seal(sessionId);
    this.#facts.delete(sessionId.toLowerCase());
    this.#joined.delete(sessionId.toLowerCase());
    rmSync(this.directoryOf(sessionId), { recursive: true, force: true });
  }

  /**
   * Gives up held files until what is held besides the ring is within the limit; their count. The holds stay,
   * and remember which times they lack.
   */
  enforce(sizeBytesMax: number): number {
    const held = this.sessionIds.flatMap((sessionId) => this.#heldBy(sessionId));
    if (held.length === 0) return 0;
    const given = filesToGiveUp(held, this.#inodesOfRing(), sizeBytesMax);
    for (const each of given) {
      rmSync(each.file.path, { force: true });
      const facts = this.factsOf(each.sessionId);
      if (facts) this.#facts.set(each.sessionId, withGivenUp(facts, each));
    }
    for (const sessionId of new Set(given.map((each) => each.sessionId))) {
      const facts = this.#facts.get(sessionId);
      if (facts) writeFacts(this.directoryOf(sessionId), facts);
    }
    return given.length;
  }

  /** Bytes that are there only because they are held. */
  heldBytes(): number {
    const inRing = this.#inodesOfRing();
    const sizes = new Map<number, number>();
    for (const sessionId of this.sessionIds) {
      for (const file of this.filesOf(sessionId)) sizes.set(file.inode, file.sizeBytes);
    }
    let sum = 0;
    for (const [inode, size] of sizes) if (!inRing.has(inode)) sum += size;
    return sum;
  }

  #inodesOfRing(): Set<number> {
    return new Set(listRingFiles(this.#ring).map(({ inode }) => inode));
  }

  #heldBy(sessionId: string): HeldFile[] {
    const facts = this.factsOf(sessionId);
    const joined = this.#joined.get(sessionId);
    return withBeginnings(this.filesOf(sessionId)).map(({ file, beganAt }) => {
      const joinedAt = joined?.get(file.interfaceName) ?? null;
      return { sessionId, file, facts, beganAt, joinedAt };
    });
  }

  #link(sessionId: string): RingFile[] {
    const directory = this.directoryOf(sessionId);
    const joined = this.#joined.get(sessionId.toLowerCase());
    return withBeginnings(listRingFiles(this.#ring))
      .filter(({ file, beganAt }) => {
        const joinedAt = joined?.get(file.interfaceName) ?? Number.POSITIVE_INFINITY;
        return beganAt <= joinedAt + joinMilliseconds;
      })
      .map(({ file }) => file)
      .filter((file) => linkOnce(file.path, join(directory, file.name)));
  }
}

/** Of each file when it began: not before the one before it was whole, nor before the second of its name. */
const withBeginnings = (files: readonly RingFile[]): { file: RingFile; beganAt: number }[] =>
  files.map((file, at) => {
    const before = files[at - 1];
    const follows = before?.interfaceName === file.interfaceName && before.run === file.run;
    return { file, beganAt: Math.max(namedTime(file), follows ? before.modifiedAt : 0) };
  });

type AskedFacts = Pick<HoldFacts, "heldAt" | "filter" | "interfaces"> &
  Partial<Pick<HoldFacts, "neededFrom">>;

/** The last of each interface: files are in order. */
const newestOf = (held: readonly RingFile[]): HoldFacts["newest"] => [
  ...new Map(
    held.map(({ interfaceName, run, number }) => [interfaceName, { interfaceName, run, number }]),
  ).values(),
];

const factsPath = (directory: string): string => join(directory, "hold.json");

/** In a full folder the hold stands all the same, as long as this process lives. */
function writeFacts(directory: string, facts: HoldFacts): void {
  const partial = `${factsPath(directory)}.partial`;
  try {
    writeFileSync(partial, JSON.stringify(facts), { mode: secretFileMode });
    renameSync(partial, factsPath(directory));
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

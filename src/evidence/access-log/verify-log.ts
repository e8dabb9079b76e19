import { readTextIfExists } from "../../common/files.ts";
import type { PublicKey } from "../public-keys.ts";
import { checkSignature, type SignatureCheck } from "../signature.ts";
import { headPath } from "./access-log.ts";
import { type AccessEntry, headType, lineHash, type LogHead, noHash, parseLine } from "./entry.ts";
import { listSegments, readLines } from "./segments.ts";

const problemCountMax = 100;

export interface LogVerdict {
  entries: number;
  /** 0: there are none. */
  firstSequence: number;
  head: LogHead;
  /** Signatures in the log that are right. */
  signedHeads: number;
  /** Entries behind the last right signature: somebody could have taken others off without a trace. */
  unsignedEntries: number;
  /** At most 100, the first ones. Empty: nothing is wrong. */
  problems: string[];
}

export interface VerifyLogOptions {
  keys: readonly PublicKey[];
  /** Ends of the chain as they were told elsewhere, in manifests or kept copies. */
  anchors?: readonly LogHead[];
}

/** Reads the whole log and says whether a line was changed, moved, taken out or cut off. */
export async function verifyLog(
  directory: string,
  { keys, anchors = [] }: VerifyLogOptions,
): Promise<LogVerdict> {
  const kept = await readKeptHead(directory);
  const before = kept?.entry
    ? [{ sequence: kept.entry.sequence - 1, sha256: kept.entry.previous }]
    : [];
  const check = createCheck(keys, [...anchors, ...before]);
  for (const { path, firstSequence } of await listSegments(directory)) {
    let line = 0;
    for await (const { bytes, whole } of readLines(path)) {
      line++;
      check.line(bytes, { whole, where: `segment ${firstSequence}, line ${line}` });
    }
  }
  return check.end(kept);
}

/** Null: there is none; a null entry: it is none of ours. */
async function readKeptHead(directory: string): Promise<KeptHead | null> {
  const text = await readTextIfExists(headPath(directory));
  return text === null
    ? null
    : { entry: text.endsWith("\n") ? parseLine(text.slice(0, -1)) : null };
}

interface KeptHead {
  entry: AccessEntry | null;
}

function createCheck(keys: readonly PublicKey[], anchors: readonly LogHead[]) {
  const problems: string[] = [];
  const say = (problem: string): void => {
    if (problems.length < problemCountMax) problems.push(problem);
  };
  const wanted = new Map(anchors.map(({ sequence, sha256 }) => [sequence, sha256]));
  let head: LogHead = { sequence: 0, sha256: noHash };
  let [entries, firstSequence, signedHeads, unsigned, prunedThrough] = [0, 0, 0, 0, 0];

  const checkHead = (entry: AccessEntry, where: string): void => {
    const checked = checkEntry(entry, keys);
    if (checked?.kind === "good") {
      signedHeads++;
      unsigned = -1;
    } else say(`${where}: the signature of the chain's end is ${checked?.kind ?? "missing"}`);
  };
  const checkPlace = (entry: AccessEntry, where: string): void => {
    const isFirst = entries === 0;
    if (isFirst) firstSequence = entry.sequence;
    else if (entry.sequence !== head.sequence + 1) {
      say(`${where}: entry ${entry.sequence} follows entry ${head.sequence}`);
    }
    const begins = isFirst && entry.sequence > 1;
    if (!begins && entry.previous !== head.sha256) {
      say(`${where}: entry ${entry.sequence} does not have the hash of the line before it`);
    }
    if (begins) compareAnchor(entry.sequence - 1, entry.previous);
  };
  const compareAnchor = (sequence: number, sha256: string): void => {
    const other = wanted.get(sequence);
    if (other !== undefined && other !== sha256) {
      say(`entry ${sequence} is not the one that was told elsewhere`);
    }
  };
  return {
    line(bytes: Buffer, { whole, where }: { whole: boolean; where: string }): void {
      const entry = whole ? parseLine(bytes.toString("utf8")) : null;
      if (!entry) return say(`${where}: no entry of the log, or altered`);
      checkPlace(entry, where);
      if (entry.kind === "head") checkHead(entry, where);
      if (entry.kind === "pruned") prunedThrough = Math.max(prunedThrough, entry.refersTo ?? 0);
      entries++;
      unsigned++;
      head = { sequence: entry.sequence, sha256: lineHash(bytes) };
      compareAnchor(head.sequence, head.sha256);
    },
    end(kept: KeptHead | null): LogVerdict {
      if (firstSequence > 1 && prunedThrough < firstSequence - 1) {
        say(`entries before ${firstSequence} are gone, and no entry says that they were pruned`);
      }
      if (kept) {
        const { entry } = kept;
        const checked = entry && checkEntry(entry, keys);
        if (checked?.kind !== "good")
          say(`head.json: its signature is ${checked?.kind ?? "missing"}`);
        else if (entry && entry.sequence > head.sequence)
          say(tooShort(head.sequence, entry.sequence));
      } else if (signedHeads > 0) say("head.json is missing");
      const far = Math.max(0, ...wanted.keys());
      if (far > head.sequence && problems.length === 0) say(tooShort(head.sequence, far));
      return { entries, firstSequence, head, signedHeads, unsignedEntries: unsigned, problems };
    },
  };
}

const tooShort = (end: number, told: number): string =>
  `the log ends with entry ${end}, but entry ${told} was there`;

function checkEntry(entry: AccessEntry, keys: readonly PublicKey[]): SignatureCheck | null {
  const { jws: signature, ...covered } = entry;
  return signature ? checkSignature(covered, headType, { signature, keys }) : null;
}

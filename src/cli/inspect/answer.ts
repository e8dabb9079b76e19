import type { ChangeMetric } from "../../inspection/change/change-answer.ts";
import type { OwnersFile } from "../../inspection/change/socket-owner.ts";
import type { PacketChoice } from "../../inspection/capture-pass.ts";
import type { Filter } from "../../inspection/filter/filter.ts";
import type { Policy } from "../../inspection/findings/policy.ts";
import { inspect, inspectAsJsonLine, type InspectionDepth } from "../../inspection/inspect.ts";
import { readCapture } from "../read-capture.ts";
import { readOwnersOf } from "../read-owners.ts";
import { endsLine, errorPiece, type Piece } from "./piece.ts";

/** What is wanted of each file. */
export interface Wanted {
  json: boolean;
  depth: InspectionDepth;
  policy: Policy;
  filter: Filter | null;
  /** What is asked about a moment; null: nothing. */
  change: WantedChange | null;
  /** An owners file; null: the one beside each capture, where there is one. */
  owners?: string | null;
  /** Where text is read: its width, if that is known, and whether it shows colours. */
  terminal: { width?: number; isColored: boolean };
}

export interface WantedChange {
  /** Milliseconds since the epoch. */
  moment: number;
  metric: ChangeMetric;
}

/** The answer about one file in pieces; its result is false when the file could not be read, which a piece tells. */
export async function* answerPieces(
  path: string,
  wanted: Wanted,
  onProgress?: (bytes: number) => void,
): AsyncGenerator<Piece, boolean> {
  let isLineOpen = false;
  try {
    const pieces = wanted.json ? jsonPieces : textPieces;
    for await (const content of pieces(path, wanted, onProgress)) {
      isLineOpen = !endsLine(content);
      yield { to: "stdout", content };
    }
    return true;
  } catch (error) {
    yield errorPiece(path, error, { json: wanted.json, isLineOpen });
    return false;
  }
}

type ProgressListener = ((bytes: number) => void) | undefined;

async function inspectOptions(path: string, wanted: Wanted, onProgress: ProgressListener) {
  const { depth, policy, filter } = wanted;
  const accepts = filter && (await matcherOf(path, filter));
  const owners = await readOwnersOf(path, wanted.owners ?? null);
  const change = wanted.change && (await changeOptions(wanted.change, owners));
  return {
    depth,
    policy,
    ...(owners && { owners }),
    ...(onProgress && { onProgress }),
    ...(accepts && { accepts }),
    ...(change && { change }),
  };
}

/** Also whose sockets were whose, and which addresses are the host's own. */
async function changeOptions({ moment, metric }: WantedChange, file: OwnersFile | null) {
  const asked = { moment, metric, momentName: "the moment asked about" };
  if (!file) return asked;
  const { createOwnerIndex } = await import("../../inspection/change/owner-index.ts");
  return {
    ...asked,
    owners: createOwnerIndex(file),
    localAddresses: file.summary?.localAddresses ?? [],
  };
}

/** What shows packets is loaded, as the report below, only where it is used. */
async function matcherOf(path: string, filter: Filter): Promise<PacketChoice> {
  const { packetMatcher } = await import("../../inspection/packets.ts");
  return packetMatcher(() => readCapture(path), filter);
}

async function* textPieces(
  path: string,
  wanted: Wanted,
  onProgress: ProgressListener,
): AsyncGenerator<string, void> {
  const options = await inspectOptions(path, wanted, onProgress);
  const inspection = await inspect(readCapture(path), options);
  const { renderInspection } = await import("../inspection-text.ts");
  yield renderInspection(path, inspection, wanted.terminal);
}

/** The path is the object's first member. */
async function* jsonPieces(
  path: string,
  wanted: Wanted,
  onProgress: ProgressListener,
): AsyncGenerator<Uint8Array, void> {
  const options = await inspectOptions(path, wanted, onProgress);
  yield* await inspectAsJsonLine(readCapture(path), { ...options, firstMembers: { path } });
}

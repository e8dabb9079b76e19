import { randomInt, randomUUID } from "node:crypto";
import { systemClock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { FlowEngine } from "../engine.ts";
import { addRows, again, catchUp, columnsOf } from "./repeat-calls.ts";

/** A chunk that somebody wants to insert. */
export interface Claim {
  readonly node: string;
  readonly next: string;
  readonly ordinal: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly isRolledLater: boolean;
  readonly bundle: string;
}

/** Who was first with a place in the order behind a node. */
export interface Holder extends Omit<Claim, "sizeBytes" | "sha256"> {
  readonly size: string;
  readonly turn: string;
  readonly claimant: string;
  readonly done: number;
}

/** Importers that claim at the same moment lose a turn to each other; a minute of losing is a fault. */
const turnAttemptsMax = 1_000;
const pauseMillisecondsMax = 30;
/** The engine remembers the tokens of the last 10,000 turns: what was the last one is not believed for longer. */
const turnFreshMilliseconds = 5_000;

/**
 * Claims go one after another, each in a turn of its own: the number is the token of its rows, and of two importers that
 * take the same turn on any hosts the engine's de-duplication keeps the rows of one. So the claims of all of them are in
 * one order, and the place behind a node belongs to whoever has the smallest turn there. A later claimant, who has all
 * earlier turns before its eyes, sees that it was too late.
 */
export function createClaims(engine: FlowEngine) {
  let last: { turn: number; readAtMs: number } | null = null;
  let before: Promise<unknown> = Promise.resolve();
  const lastTurn = async (): Promise<number> => {
    const now = performance.now();
    if (last && now - last.readAtMs < turnFreshMilliseconds) return last.turn;
    last = { turn: await readLastTurn(engine), readAtMs: now };
    return last.turn;
  };
  /** Gives the holders of the claims' places; null when another importer had the turn. */
  const takeTurn = async (
    claims: readonly Claim[],
    turn: number,
  ): Promise<Map<string, Holder> | null> => {
    const claimant = randomUUID();
    const rows = claims.map((claim) => ({ ...claim, turn, claimant }));
    await addRows(engine, "flow_chunk", rows, `turn-${turn}`);
    const readAtMs = performance.now();
    const holders = await readHolders(engine, claims);
    const ofTurn = holders.filter((one) => one.turn === String(turn));
    const isOurs = ofTurn.length > 0 && ofTurn.every((one) => one.claimant === claimant);
    last = isOurs ? { turn, readAtMs } : null;
    return isOurs ? firstOf(holders) : null;
  };
  const untilOurs = async <Result>(work: () => Promise<Result | null>): Promise<Result> => {
    for (let attempt = 0; attempt < turnAttemptsMax; attempt++) {
      const result = await work();
      if (result !== null) return result;
      await systemClock.sleep(randomInt(pauseMillisecondsMax));
    }
    throw new NightcapError("ServiceUnavailable", "other importers had every turn to claim");
  };
  /** This process has one turn at a time. */
  const alone = <Result>(work: () => Promise<Result | null>): Promise<Result> => {
    const result = before.then(() => untilOurs(work));
    before = result.catch(() => undefined);
    return result;
  };
  return {
    /** Each on its own: whether its rows are to be inserted. */
    async claimEach(claims: readonly Claim[]): Promise<boolean[]> {
      const holders = await alone(async () => takeTurn(claims, (await lastTurn()) + 1));
      return claims.map((claim) => isSame(claim, holders.get(keyOf(claim))));
    },
    /** All, or none: then it gives those whose place is taken, each with its holder. */
    claimAll: (claims: readonly Claim[]): Promise<ReadonlyMap<Claim, Holder>> =>
      alone(async () => {
        // The turn first: then what was claimed in earlier ones is there to be read.
        const turn = (await lastTurn()) + 1;
        const holders = firstOf(await readHolders(engine, claims));
        const taken = new Map<Claim, Holder>();
        for (const claim of claims) {
          const holder = holders.get(keyOf(claim));
          if (holder) taken.set(claim, holder);
        }
        if (taken.size > 0) return taken;
        return (await takeTurn(claims, turn)) && taken;
      }),
  };
}

const keyOf = ({ node, ordinal }: Pick<Claim, "node" | "ordinal">): string => `${ordinal} ${node}`;

/** Also of another claimant, as the same rows have the same token. */
const isSame = (claim: Claim, holder: Holder | undefined): boolean =>
  holder?.next === claim.next &&
  holder.size === String(claim.sizeBytes) &&
  holder.isRolledLater === claim.isRolledLater &&
  holder.bundle === claim.bundle &&
  holder.done === 0;

function firstOf(holders: readonly Holder[]): Map<string, Holder> {
  const first = new Map<string, Holder>();
  for (const holder of holders) {
    const key = keyOf(holder);
    if (!first.has(key)) first.set(key, holder);
  }
  return first;
}

async function readLastTurn(engine: FlowEngine): Promise<number> {
  return again(async () => {
    await catchUp(engine, "flow_chunk");
    const [row] = await engine.rows<{ turn: string }>({
      sql: "SELECT toString(max(turn)) AS turn FROM flow_chunk",
    });
    return Number(row?.turn ?? 0);
  });
}

/** Everybody who claimed these places, the holder first. */
async function readHolders(engine: FlowEngine, claims: readonly Claim[]): Promise<Holder[]> {
  return again(async () => {
    await catchUp(engine, "flow_chunk");
    return engine.rows<Holder>({
      sql: `SELECT node, next, ordinal, toString(sizeBytes) AS size, isRolledLater, bundle, toString(turn) AS turn, claimant,
              next IN (SELECT next FROM flow_chunk_done WHERE next IN {next:Array(String)}) AS done
            FROM flow_chunk WHERE node IN {node:Array(String)}
              AND has(arrayZip({node:Array(String)}, {ordinal:Array(UInt32)}), (node, ordinal))
            ORDER BY ${claimOrder}`,
      parameters: columnsOf(claims.map(({ node, next, ordinal }) => ({ node, next, ordinal }))),
    });
  });
}

/** Of claims of one place; those from before there were turns have none and are the first. */
export const claimOrder = "flow_chunk.turn, claimed, next";

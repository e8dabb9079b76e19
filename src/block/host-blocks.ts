import {
  type BlockRefusal,
  type BlockSpec,
  type BlocksState,
  blockOfHostCountMax,
  type WantedBlocks,
} from "../common/block-spec.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import type { Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { parseNetwork } from "../inspection/findings/network.ts";
import { type Block, blockOfId } from "./block.ts";
import type { Timed } from "./layers.ts";
import { readNeededAddresses } from "./needed-addresses.ts";
import { type KernelElement, openNftTable } from "./nft.ts";
import { notAllowed, refusalOf } from "./refusals.ts";
import type { BlockingSettings } from "./settings.ts";
import { type ControlEndpoint, removalScript, tableScript } from "./table-script.ts";

/** What is left of a block may differ by this: nft tells whole seconds, and messages take a while. */
const toleranceMilliseconds = 5_000;
const messageLengthMax = 2_000;

export interface HostBlocksOptions {
  settings: BlockingSettings;
  networkNamespace: string | null;
  /** Of this agent alone; see `tableNameOf`. */
  tableName: string;
  /** Where the control plane is now; it may have several addresses. */
  controlEndpoints(): Promise<readonly ControlEndpoint[]>;
  /** Only grows, whatever becomes of the host's clock. Milliseconds. */
  monotonicNow(): number;
  log: Log;
}

/** The host's blocks: brings the kernel to what is wanted, and says what it has. */
export interface HostBlocks extends Closable {
  /** Replaces what was wanted. What the kernel or the host's limits refuse is in the state. */
  set(wanted: WantedBlocks): Promise<void>;
  /** Looks at the kernel, and puts back what somebody else took away. */
  refresh(): Promise<BlocksState>;
  /** What `set` would do with this block; changes nothing. */
  check(spec: BlockSpec): Promise<{ refusal: BlockRefusal | null; script: string | null }>;
}

interface Wanted {
  readonly revision: string;
  /** With the moment of their end by `monotonicNow`. */
  readonly blocks: readonly (BlockSpec & { endsAt: number })[];
}

/** Two agents on one host, of two control planes, have two tables. */
export const tableNameOf = (hostId: string): string =>
  `nightcap_block_${hostId.replaceAll(/[^0-9a-zA-Z]/g, "").slice(0, 12)}`;

export function openHostBlocks(options: HostBlocksOptions): HostBlocks {
  const blocks = new Blocks(options);
  let last: Promise<unknown> = Promise.resolve();
  /** One at a time: each reads the table and then replaces it. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    set: (wanted) => inTurn(() => blocks.set(wanted)),
    refresh: () => inTurn(() => blocks.refresh()),
    check: (spec) => inTurn(() => blocks.check(spec)),
    // The table stays: elements end by themselves, and the next agent finds them.
    close: async () => void (await last),
  };
}

/** What `openHostBlocks` runs in turn. */
class Blocks {
  readonly #options: HostBlocksOptions;
  readonly #table: ReturnType<typeof openNftTable>;
  #wanted: Wanted | null = null;
  #refused: BlocksState["refused"] = [];
  #error: string | null = null;
  #loadedControl = "";
  #loadedRevision: string | null = null;

  constructor(options: HostBlocksOptions) {
    this.#options = options;
    this.#table = openNftTable(options.networkNamespace, options.tableName);
  }

  async set({ revision, blocks }: WantedBlocks): Promise<void> {
    const now = this.#options.monotonicNow();
    this.#wanted = {
      revision,
      blocks: blocks.map((spec) => ({ ...spec, endsAt: now + spec.remainingMilliseconds })),
    };
    this.#refused = [];
    await this.#reconcile();
  }

  async refresh(): Promise<BlocksState> {
    await this.#reconcile();
    const { allowBlocking, durationSecondsMax, blockCountMax } = this.#options.settings;
    const elements = (await this.#table.read().catch(() => null)) ?? [];
    return {
      revision: this.#wanted?.revision ?? null,
      allowed: allowBlocking,
      durationSecondsMax,
      blockCountMax,
      error: this.#error,
      blocks: elements.slice(0, blockOfHostCountMax),
      refused: this.#refused,
    };
  }

  async check(spec: BlockSpec): Promise<{ refusal: BlockRefusal | null; script: string | null }> {
    const elements = this.#options.settings.allowBlocking ? await this.#table.read() : null;
    const others = (elements ?? []).filter(({ blockId }) => blockId !== spec.blockId);
    const refusal = await this.#refusalOf(spec, others.length);
    if (refusal) return { refusal, script: null };
    const blocks = [...others.flatMap(timedOf), ...timedOf({ ...spec, packets: 0, bytes: 0 })];
    const script = tableScript(await this.#content(blocks));
    await this.#table.check(script);
    return { refusal: null, script };
  }

  async #reconcile(): Promise<void> {
    try {
      if (!this.#options.settings.allowBlocking) await this.#clear();
      else if (this.#wanted) await this.#bringTo(this.#wanted);
      this.#error = null;
    } catch (error) {
      this.#error = describeError(error).slice(0, messageLengthMax);
      this.#options.log.error({ reason: this.#error }, "blocks are not as wanted");
    }
  }

  /** Blocking was allowed once and is not any more. */
  async #clear(): Promise<void> {
    this.#refused = (this.#wanted?.blocks ?? []).map(({ blockId }) =>
      Object.assign({ blockId }, notAllowed()),
    );
    const installed = await this.#table.read().catch(unlessMissing);
    if (installed) await this.#table.load(removalScript(this.#options.tableName));
  }

  async #bringTo({ revision, blocks }: Wanted): Promise<void> {
    const now = this.#options.monotonicNow();
    const installed = await this.#table.read();
    const left = blocks
      .map((spec) => ({ ...spec, remainingMilliseconds: Math.round(spec.endsAt - now) }))
      .filter(({ remainingMilliseconds }) => remainingMilliseconds > 0);
    const known = new Map((installed ?? []).map((element) => [element.blockId, element]));
    const admitted = await this.#admit(left, known);
    const control = JSON.stringify(await this.#control());
    // A new revision may only be a few seconds longer, which cannot be told from how nft rounds.
    const isLoaded = revision === this.#loadedRevision && control === this.#loadedControl;
    this.#loadedRevision = null;
    const isThere = isLoaded && sameBlocks(admitted, known);
    if (isThere) this.#loadedRevision = revision;
    if (isThere && (installed !== null || admitted.length === 0)) return;
    if (admitted.length === 0 && installed === null) return;
    const timed = admitted.flatMap((spec) => {
      const { packets = 0, bytes = 0 } = known.get(spec.blockId) ?? {};
      return timedOf({ ...spec, packets, bytes });
    });
    const { tableName, log } = this.#options;
    await this.#table.load(
      timed.length === 0 ? removalScript(tableName) : tableScript(await this.#content(timed)),
    );
    this.#loadedControl = control;
    this.#loadedRevision = revision;
    log.info({ blocks: timed.length, table: tableName }, "blocks loaded");
  }

  /** What the kernel has was admitted before; the rest has to hold to the host's limits. */
  async #admit(
    left: readonly BlockSpec[],
    known: ReadonlyMap<string, KernelElement>,
  ): Promise<BlockSpec[]> {
    const admitted: BlockSpec[] = [];
    const refused: BlocksState["refused"] = [];
    for (const spec of left) {
      const isRefused = this.#refused.find(({ blockId }) => blockId === spec.blockId);
      const refusal =
        isRefused ??
        (known.has(spec.blockId) ? null : await this.#refusalOf(spec, admitted.length));
      if (refusal) refused.push({ ...refusal, blockId: spec.blockId });
      else admitted.push(spec);
    }
    this.#refused = refused;
    return admitted;
  }

  async #refusalOf(spec: BlockSpec, otherCount: number): Promise<BlockRefusal | null> {
    const { settings, networkNamespace } = this.#options;
    const needed = settings.allowBlocking ? await readNeededAddresses(networkNamespace) : [];
    return refusalOf(spec, { settings, needed, otherCount });
  }

  async #control(): Promise<string[]> {
    const endpoints = await this.#options.controlEndpoints();
    return endpoints.map(({ network, port }) => `${network.version} ${network.bits} ${port}`);
  }

  async #content(blocks: readonly Timed[]) {
    const { tableName, settings } = this.#options;
    const control = await this.#options.controlEndpoints();
    if (control.length === 0) {
      const why = "no address of the control plane is known, and it has to stay reachable";
      throw new NightcapError("BlockFailed", why);
    }
    const exempt = settings.exemptPrefixes.map(parseNetwork).filter((each) => each !== null);
    return { name: tableName, control, exempt, blocks };
  }
}

function unlessMissing(error: unknown): null {
  if (error instanceof NightcapError) return null; // no nft, or no right to use it: nothing is there
  throw error;
}

function timedOf(element: KernelElement): Timed[] {
  const block: Block | null = blockOfId(element.blockId);
  return block && element.remainingMilliseconds > 0 ? [{ ...element, block }] : [];
}

function sameBlocks(
  wanted: readonly BlockSpec[],
  known: ReadonlyMap<string, KernelElement>,
): boolean {
  if (wanted.length !== known.size) return false;
  return wanted.every(({ blockId, remainingMilliseconds }) => {
    const there = known.get(blockId);
    if (!there) return false;
    return Math.abs(there.remainingMilliseconds - remainingMilliseconds) <= toleranceMilliseconds;
  });
}

import type { BlockRefusal, BlockSpec } from "../common/block-spec.ts";
import { contains, parseNetwork } from "../inspection/findings/network.ts";
import { type Block, blockOfId, describeBlock, networkText } from "./block.ts";
import type { NeededAddress } from "./needed-addresses.ts";
import type { BlockingSettings } from "./settings.ts";

export interface RefusalFacts {
  readonly settings: BlockingSettings;
  readonly needed: readonly NeededAddress[];
  /** Blocks that there are besides this one. */
  readonly otherCount: number;
}

/** Why the host does not make this block; null: it does. What nobody may force comes first. */
export function refusalOf(
  { blockId, remainingMilliseconds, force }: BlockSpec,
  facts: RefusalFacts,
): BlockRefusal | null {
  const block = blockOfId(blockId);
  if (!block) return refused(`"${blockId}" is no block`);
  if (!facts.settings.allowBlocking) return notAllowed();
  const limit = limitOf(block, remainingMilliseconds, facts);
  if (limit !== null) return refused(limit);
  const reason = force ? null : doubtOf(block, facts);
  return reason === null ? null : { ...refused(reason), forceable: true };
}

/** Off until an administrator of the host allows it. */
export const notAllowed = (): BlockRefusal => ({
  code: "BlockingNotAllowed",
  message:
    "blocking is off on this host; its administrator allows it with: nightcap agent --allow-blocking",
  forceable: false,
});

const refused = (message: string): BlockRefusal => ({
  code: "BlockRefused",
  message,
  forceable: false,
});

function limitOf(
  { network }: Block,
  remainingMilliseconds: number,
  { settings, otherCount }: RefusalFacts,
): string | null {
  const { durationSecondsMax, blockCountMax, exemptPrefixes } = settings;
  if (remainingMilliseconds > durationSecondsMax * 1_000)
    return `${Math.ceil(remainingMilliseconds / 1_000)} s is longer than this host allows: at most ${durationSecondsMax} s`;
  if (otherCount >= blockCountMax)
    return `this host has ${otherCount} blocks, and allows ${blockCountMax}`;
  const exempt = exemptPrefixes.find((text) => {
    const each = parseNetwork(text);
    return each !== null && each.prefixLength <= network.prefixLength && contains(each, network);
  });
  return exempt === undefined
    ? null
    : `${networkText(network)} is in ${exempt}, which may never be blocked on this host`;
}

/** What is rarely meant; whoever means it says `force`. */
function doubtOf(block: Block, { settings, needed }: RefusalFacts): string | null {
  const { network } = block;
  const lengthMin =
    network.version === 4 ? settings.ipv4PrefixLengthMin : settings.ipv6PrefixLengthMin;
  if (network.prefixLength < lengthMin)
    return `${networkText(network)} is wide: shorter than /${lengthMin}; it needs --force`;
  const hit = needed.find((each) => contains(network, each.network));
  return hit === undefined
    ? null
    : `"${describeBlock(block)}" hits ${networkText(hit.network)}, ${hit.what}; it needs --force`;
}

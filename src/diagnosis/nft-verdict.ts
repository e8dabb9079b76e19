import type { NftPacket } from "./nft-match.ts";
import { judgeRule, type RuleEffect } from "./nft-rule.ts";
import { chainKey, type NftChain, type NftRule, type NftRuleset } from "./nft-ruleset.ts";

/** nftables itself allows no deeper nesting (NFT_JUMP_STACK_SIZE). */
const jumpDepthMax = 16;
/** Rules looked at for one packet; jumps may lead to a chain again and again. */
const ruleCountMax = 200_000;
const noteCountMax = 20;

export interface FilterVerdict {
  verdict: "accept" | "drop" | "unknown";
  rule: string;
  notJudged: string[];
}

/** What may become of the packet in a chain: each with the rule that does it; null: it cannot. */
interface Outcomes {
  accept: string | null;
  drop: string | null;
  /** A rule decides that is not understood. */
  unknown: string | null;
  /** It may leave the chain at its end. */
  passes: boolean;
}

interface Walk {
  ruleset: NftRuleset;
  packet: NftPacket;
  notes: string[];
  ruleCount: number;
}

/** The hooks that a packet of this host passes (https://wiki.nftables.org, Netfilter hooks). */
const hooks = { Inbound: ["prerouting", "input"], Outbound: ["output", "postrouting"] } as const;

/**
 * What the ruleset does with the packet. A rule that cannot be judged may match or not: only when the
 * end is the same both ways is it said.
 */
export function judgeRuleset(
  ruleset: NftRuleset,
  direction: keyof typeof hooks,
  packet: NftPacket,
): FilterVerdict {
  const walk: Walk = { ruleset, packet, notes: notReached(ruleset), ruleCount: 0 };
  const bases = baseChains(ruleset, direction, packet);
  let rule = bases.length === 0 ? "no nftables chain filters this direction" : "";
  let mayDrop: string | null = null;
  let unknown: string | null = null;
  for (const chain of bases) {
    const outcomes = walkChain(walk, chain, 0);
    const policy = `${nameOf(chain)} policy ${chain.policy ?? "accept"}`;
    if (outcomes.passes && chain.policy === "drop") outcomes.drop ??= policy;
    const goesOn = outcomes.accept ?? (outcomes.passes && chain.policy !== "drop" ? policy : null);
    unknown ??= outcomes.unknown;
    mayDrop ??= outcomes.drop;
    if (goesOn === null && unknown === null) {
      return { verdict: "drop", rule: mayDrop ?? policy, notJudged: walk.notes };
    }
    rule = goesOn ?? rule;
  }
  if (unknown !== null) return { verdict: "unknown", rule: unknown, notJudged: walk.notes };
  if (mayDrop !== null) return { verdict: "unknown", rule: mayDrop, notJudged: walk.notes };
  return { verdict: "accept", rule, notJudged: walk.notes };
}

function baseChains(
  { chains }: NftRuleset,
  direction: keyof typeof hooks,
  { sourceAddress }: NftPacket,
): NftChain[] {
  const family = sourceAddress.includes(":") ? "ip6" : "ip";
  const order: readonly string[] = hooks[direction];
  return [...chains.values()]
    .filter(
      ({ family: own, hook }) =>
        hook !== undefined && order.includes(hook) && [family, "inet"].includes(own),
    )
    .toSorted(
      (a, b) =>
        order.indexOf(a.hook ?? "") - order.indexOf(b.hook ?? "") || (a.prio ?? 0) - (b.prio ?? 0),
    );
}

/** Chains of the link layer see packets too, and are not looked at. */
function notReached({ chains }: NftRuleset): string[] {
  return [...chains.values()]
    .filter(
      ({ family, hook, rules }) =>
        hook !== undefined && ["netdev", "bridge"].includes(family) && rules.length > 0,
    )
    .slice(0, noteCountMax / 2)
    .map((chain) => `${nameOf(chain)}: a ${chain.family} chain is not judged`);
}

function walkChain(walk: Walk, chain: NftChain, depth: number): Outcomes {
  const all: Outcomes = { accept: null, drop: null, unknown: null, passes: false };
  for (const rule of chain.rules) {
    if (++walk.ruleCount > ruleCountMax)
      return { ...all, unknown: `more than ${ruleCountMax} rules` };
    const effect = judgeRule(rule, walk.packet, walk.ruleset);
    if (effect.matches === false) continue;
    noteUnjudged(walk, rule, effect);
    const stays = take(all, effectOf(walk, { rule, effect, depth }));
    if (stays === "leaves" && effect.matches === true) return all;
  }
  return { ...all, passes: true };
}

/** What the rule's verdict may lead to, as if the rule matched. */
function effectOf(
  walk: Walk,
  { rule, effect, depth }: { rule: NftRule; effect: RuleEffect; depth: number },
): Outcomes & { returns?: boolean } {
  const none: Outcomes = { accept: null, drop: null, unknown: null, passes: false };
  const { kind, jump } = effect.verdict;
  const name = describeRule(rule);
  if (jump) return followJump(walk, { rule, jump, depth });
  if (kind === "continue") return { ...none, passes: true };
  if (kind === "return") return { ...none, returns: true };
  return { ...none, [kind]: name };
}

function followJump(
  walk: Walk,
  { rule, jump, depth }: { rule: NftRule; jump: { chain: string; goto: boolean }; depth: number },
): Outcomes & { returns?: boolean } {
  const target = walk.ruleset.chains.get(chainKey(rule.family, rule.table, jump.chain));
  if (!target || depth >= jumpDepthMax) {
    return { accept: null, drop: null, unknown: describeRule(rule), passes: false };
  }
  const outcomes = walkChain(walk, target, depth + 1);
  return jump.goto ? { ...outcomes, passes: false, returns: outcomes.passes } : outcomes;
}

/** Adds what a rule may lead to; whether the packet may still be in the chain if the rule matched. */
function take(all: Outcomes, more: Outcomes & { returns?: boolean }): "stays" | "leaves" {
  all.accept ??= more.accept;
  all.drop ??= more.drop;
  all.unknown ??= more.unknown;
  if (more.returns === true) all.passes = true;
  return more.passes ? "stays" : "leaves";
}

function noteUnjudged(walk: Walk, rule: NftRule, { why, verdict }: RuleEffect): void {
  if (why === null || verdict.kind === "continue") return;
  if (walk.notes.length >= noteCountMax) return;
  walk.notes.push(`${describeRule(rule)}: "${why}" is not judged`);
}

const nameOf = ({ family, table, name }: NftChain): string =>
  `nftables/${chainKey(family, table, name)}`;

/** `nftables/inet/filter/input/handle/4 "comment"` */
function describeRule({ family, table, chain, handle, comment }: NftRule): string {
  const said = comment === undefined ? "" : ` "${comment.slice(0, 100)}"`;
  return `nftables/${chainKey(family, table, chain)}/handle/${handle}${said}`;
}

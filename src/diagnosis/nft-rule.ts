import { absent, fieldIs, type Judgement, type NftPacket, readField } from "./nft-match.ts";
import { chainKey, type NftRule, type NftRuleset } from "./nft-ruleset.ts";

export interface Verdict {
  kind: "accept" | "drop" | "return" | "continue" | "unknown";
  /** The chain to go to, and whether to come back. */
  jump?: { chain: string; goto: boolean };
}

/** What a rule does with the packet: nothing when `matches` is false. */
export interface RuleEffect {
  matches: Judgement;
  verdict: Verdict;
  /** Why it could not be judged; null: it was. */
  why: string | null;
}

/** Statements that change nothing of what is decided. */
const harmless = new Set(["counter", "log", "quota", "comment", "meter", "last", "flow"]);
/** Statements that hand the packet to something that is not looked at here, or change it. */
const opaque = new Set(["queue", "dnat", "redirect", "tproxy", "synproxy", "xt", "dup", "fwd"]);

/** Reads a rule from left to right, as the kernel does. */
export function judgeRule(rule: NftRule, packet: NftPacket, ruleset: NftRuleset): RuleEffect {
  const effect: RuleEffect = { matches: true, verdict: { kind: "continue" }, why: null };
  const find = (name: string) => ruleset.sets.get(chainKey(rule.family, rule.table, name));
  for (const expression of rule.expr) {
    const [name = "", value] = Object.entries(expression)[0] ?? [];
    const judged = judgeExpression(name, value, { packet, find });
    if (judged.matches === false) return { ...effect, matches: false };
    if (judged.matches === null && effect.matches === true) {
      effect.matches = null;
      effect.why = name;
    }
    if (judged.verdict) return { ...effect, verdict: judged.verdict };
  }
  return effect;
}

interface Judged {
  matches: Judgement;
  verdict?: Verdict;
}

interface Scope {
  packet: NftPacket;
  find(this: void, name: string): readonly unknown[] | undefined;
}

function judgeExpression(name: string, value: unknown, scope: Scope): Judged {
  const verdict = readVerdict(name, value);
  if (verdict) return { matches: true, verdict };
  if (name === "match") return { matches: judgeMatch(value ?? {}, scope) };
  if (name === "vmap") return judgeVerdictMap(value ?? {}, scope);
  // A limit passes what is within its rate: one connection alone is.
  if (name === "limit") return { matches: (value as { inv?: boolean } | null)?.inv !== true };
  if (harmless.has(name)) return { matches: true };
  if (opaque.has(name)) return { matches: null, verdict: { kind: "unknown" } };
  // `mangle`, `set` and `ct` write what later rules may read; those read null here anyway.
  return { matches: ["mangle", "set", "ct helper", "notrack"].includes(name) ? true : null };
}

function readVerdict(name: string, value: unknown): Verdict | null {
  const target = (value as { target?: unknown } | null)?.target;
  switch (name) {
    case "accept":
    case "return":
    case "continue":
      return { kind: name };
    // These change the source alone, and let the packet go.
    case "snat":
    case "masquerade":
      return { kind: "accept" };
    case "drop":
    case "reject":
      return { kind: "drop" };
    case "jump":
    case "goto":
      return { kind: "continue", jump: { chain: String(target), goto: name === "goto" } };
    default:
      return null;
  }
}

interface Match {
  op?: string;
  left?: unknown;
  right?: unknown;
}

function judgeMatch({ op = "==", left, right }: Match, { packet, find }: Scope): Judgement {
  const field = readField(left, packet);
  // A packet without the field does not match, whatever the operator: nft adds that test itself.
  if (field === absent) return false;
  if (field === null) return null;
  if (op === "==" || op === "in") return fieldIs(field, right, find);
  if (op === "!=") {
    const is = fieldIs(field, right, find);
    return is === null ? null : !is;
  }
  if (typeof field !== "number" || typeof right !== "number") return null;
  return compare(op, field, right);
}

function compare(op: string, field: number, right: number): Judgement {
  switch (op) {
    case "<":
      return field < right;
    case ">":
      return field > right;
    case "<=":
      return field <= right;
    case ">=":
      return field >= right;
    default:
      return null;
  }
}

interface VerdictMap {
  key?: unknown;
  data?: unknown;
}

function judgeVerdictMap({ key, data }: VerdictMap, { packet, find }: Scope): Judged {
  const field = readField(key, packet);
  if (field === absent) return { matches: false };
  const elements = elementsOf(data, find);
  if (field === null || elements === null) return { matches: null, verdict: { kind: "unknown" } };
  for (const element of elements) {
    const [wanted, verdict] = Array.isArray(element) ? element : [];
    const is = fieldIs(field, wanted, find);
    if (is === null) return { matches: null, verdict: { kind: "unknown" } };
    if (is) return { matches: true, verdict: verdictOf(verdict) };
  }
  return { matches: false };
}

function elementsOf(data: unknown, find: Scope["find"]): readonly unknown[] | null {
  if (typeof data === "string") return find(data.replace(/^@/, "")) ?? null;
  const set = (data as { set?: unknown } | null)?.set;
  return Array.isArray(set) ? set : null;
}

function verdictOf(value: unknown): Verdict {
  const [name = "", rest] = Object.entries(value ?? {})[0] ?? [];
  return readVerdict(name, rest) ?? { kind: "unknown" };
}

// What the meter asks of nftables: names of rules, and one small table of its own.
import { z } from "zod";
import { namespaceCommand } from "../capture/network-namespace.ts";
import { requireProgram } from "../capture/programs.ts";
import { NightcapError } from "../common/errors.ts";
import { run } from "../common/run.ts";
import type { RuleMarks } from "./messages.ts";

const timeoutMilliseconds = 10_000;
const outputBytesMax = 16 << 20;
const ruleMarkCountMax = 4_096;
const ruleNameLengthMax = 80;

/** The table is ours alone by its name; whoever runs the meter may delete it at any time. */
export const tableName = "nightcap_flows";

/**
 * Conntrack only runs where some rule asks for a connection's state; this one asks, and decides nothing.
 * One transaction: what an agent that was killed left is replaced.
 */
const tableScript = `
add table inet ${tableName}
delete table inet ${tableName}
table inet ${tableName} {
  comment "made by the nightcap flow meter, which removes it when it ends"
  chain track {
    type filter hook input priority 300; policy accept;
    ct state new comment "makes the kernel track connections"
  }
}
`;

export const installTable = (networkNamespace: string | null): Promise<string> =>
  nft(networkNamespace, ["-f", "-"], tableScript);

export async function removeTable(networkNamespace: string | null): Promise<void> {
  const script = `add table inet ${tableName}\ndelete table inet ${tableName}\n`;
  await nft(networkNamespace, ["-f", "-"], script);
}

/** Marks that rules set, named by the comments of those rules. */
export async function readRuleMarks(
  networkNamespace: string | null,
  mask: number,
): Promise<RuleMarks> {
  return parseRuleMarks(await nft(networkNamespace, ["-j", "list", "ruleset"], ""), mask);
}

async function nft(
  networkNamespace: string | null,
  args: readonly string[],
  input: string,
): Promise<string> {
  const command = [...(await namespaceCommand(networkNamespace)), await requireProgram("nft")];
  const [program = "", ...rest] = [...command, ...args];
  const result = await run(program, rest, { timeoutMilliseconds, outputBytesMax, input });
  if (result.code === 0) return result.stdout;
  const [reason = ""] = result.stderr.trim().split("\n");
  throw new NightcapError("FlowMeterFailed", `nft ${args.join(" ")} failed: ${reason}`);
}

const ruleset = z.object({
  nftables: z.array(
    z.object({
      rule: z
        .object({
          comment: z.string().optional(),
          expr: z.array(z.record(z.string(), z.unknown())),
        })
        .optional(),
    }),
  ),
});

const markStatement = z.object({
  mangle: z.object({
    key: z.object({ ct: z.object({ key: z.literal("mark") }) }),
    value: z.unknown(),
  }),
});

/** Of `nft -j list ruleset` (libnftables-json(5)); rules without a comment have no name. */
export function parseRuleMarks(json: string, mask: number): RuleMarks {
  const marks = new Map<number, string>();
  for (const { rule } of ruleset.parse(JSON.parse(json)).nftables) {
    const name = rule?.comment?.slice(0, ruleNameLengthMax);
    if (!rule || !name) continue;
    for (const statement of rule.expr) {
      const mark = (markOf(statement) & mask) >>> 0;
      if (mark !== 0 && !marks.has(mark) && marks.size < ruleMarkCountMax) marks.set(mark, name);
    }
  }
  return [...marks];
}

/** The bits that `ct mark set N` or `ct mark set ct mark or N` sets; 0 for other statements. */
function markOf(statement: unknown): number {
  const parsed = markStatement.safeParse(statement);
  return parsed.success ? bitsOf(parsed.data.mangle.value) : 0;
}

const orExpression = z.object({ "|": z.tuple([z.unknown(), z.number()]) });

function bitsOf(value: unknown): number {
  if (typeof value === "number") return value;
  const or = orExpression.safeParse(value);
  return or.success ? or.data["|"][1] : 0;
}

import { z } from "zod";

const objectCountMax = 100_000;

const place = { family: z.string(), table: z.string() };
const chain = z.object({
  ...place,
  name: z.string(),
  type: z.string().optional(),
  hook: z.string().optional(),
  prio: z.number().optional(),
  policy: z.string().optional(),
});
const rule = z.object({
  ...place,
  chain: z.string(),
  handle: z.number(),
  comment: z.string().optional(),
  expr: z.array(z.record(z.string(), z.unknown())),
});
const set = z.object({
  ...place,
  name: z.string(),
  elem: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).optional(),
});

/** The objects of `nft -j list ruleset` that are used (libnftables-json(5)). */
const output = z.object({
  nftables: z
    .array(
      z.object({
        chain: chain.optional(),
        rule: rule.optional(),
        set: set.optional(),
        map: set.optional(),
      }),
    )
    .max(objectCountMax),
});

export type NftRule = z.infer<typeof rule>;

export interface NftChain extends z.infer<typeof chain> {
  rules: NftRule[];
}

export interface NftRuleset {
  /** By `family/table/chain`. */
  chains: ReadonlyMap<string, NftChain>;
  /** Elements of sets and maps, by `family/table/name`. */
  sets: ReadonlyMap<string, readonly unknown[]>;
}

export const chainKey = (family: string, table: string, name: string): string =>
  `${family}/${table}/${name}`;

/** Throws for what is not nft's output. */
export function parseRuleset(json: string): NftRuleset {
  const chains = new Map<string, NftChain>();
  const sets = new Map<string, readonly unknown[]>();
  for (const object of output.parse(JSON.parse(json)).nftables) {
    if (object.chain) {
      const { family, table, name } = object.chain;
      chains.set(chainKey(family, table, name), { ...object.chain, rules: [] });
    }
    const named = object.set ?? object.map;
    if (named) sets.set(chainKey(named.family, named.table, named.name), elementsOf(named.elem));
    if (object.rule) {
      const { family, table, chain: name } = object.rule;
      chains.get(chainKey(family, table, name))?.rules.push(object.rule);
    }
  }
  return { chains, sets };
}

const elementsOf = (elements: unknown): readonly unknown[] =>
  Array.isArray(elements) ? elements : [];

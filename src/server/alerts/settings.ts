import { z } from "zod";

/** Settings of log alert rules and of the built-in rules over flows. */
export const alertSettings = z.strictObject({
  /** A window is looked at this long after its end, when its flows are in the table, seconds. */
  logDelaySeconds: z.int().min(0).max(600).default(10),
  /** How long one query of a rule may take, seconds. */
  logQuerySeconds: z.int().min(1).max(600).default(60),
  /** Rules whose queries run at once; people's queries share the engine with them. */
  logRuleConcurrencyMax: z.int().min(1).max(64).default(2),
  /** Whether the built-in rules over flows are made when there are flow logs. */
  flowRules: z.boolean().default(true),
  /** Resource ids of the action groups that the built-in rules call when they are made; none unless told. */
  flowRuleActionGroups: z.array(z.string().min(1).max(2_048).startsWith("/")).max(5).default([]),
});

export type AlertSettings = z.infer<typeof alertSettings>;

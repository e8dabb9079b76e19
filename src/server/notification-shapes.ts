import { z } from "zod";
import { targetSettings } from "../notify/target-settings.ts";
import type { viewTarget } from "../notify/target-store.ts";
import { checkedLater } from "./openapi/shapes.ts";

/** The name is in the path; beside the settings it is not looked at. */
const nameless = targetSettings.options.map((kind) =>
  kind.extend({ name: z.string().optional().describe("Not looked at: it is in the path") }),
);

/** The settings of each kind, as somebody writes them. */
export const namelessTarget = z.discriminatedUnion("kind", asKinds(nameless));

/** Some of the settings of one kind; what they make with those that are stored is checked as a whole. */
const someSettings = z.union(
  targetSettings.options.map(({ shape }) => {
    const fields = Object.entries<z.ZodType>(shape);
    const optional = fields.map(([name, field]) => [name, withoutDefault(field).optional()]);
    return z.strictObject(Object.fromEntries(optional) as Record<string, z.ZodType>);
  }),
);

export const targetChange = checkedLater(
  someSettings.describe("Settings of its kind; what is not named stays"),
);
export const triedTarget = checkedLater(
  someSettings.describe(
    "Settings to try in place of what is stored, which nothing keeps; none: as it is",
  ),
);

const shownBeside = {
  where: z.string().optional().describe("Scheme and host of its address"),
  hasSecret: z.boolean(),
  hasAuthority: z.boolean(),
  isFixed: z.boolean().describe("It is of the control plane's settings, and not changed here"),
};
const hidden: ReadonlySet<string> = new Set(["secret", "url", "caPem"]);

/** The settings of each kind without what is secret: what was left out when they were written stands here. */
export const viewedTarget = z.discriminatedUnion(
  "kind",
  asKinds(targetSettings.options.map(viewedKind)),
) as unknown as z.ZodType<ReturnType<typeof viewTarget>, ReturnType<typeof viewTarget>>;

function viewedKind({ shape }: (typeof targetSettings.options)[number]) {
  const shown = Object.entries<z.ZodType>(shape)
    .filter(([name]) => !hidden.has(name))
    .map(([name, field]) => [name, withoutDefault(field)]);
  return z.object({ ...(Object.fromEntries(shown) as Pick<typeof shape, "kind">), ...shownBeside });
}

function withoutDefault(field: z.ZodType): z.ZodType {
  const isFilled = field instanceof z.ZodDefault || field instanceof z.ZodPrefault;
  return isFilled ? (field.unwrap() as z.ZodType) : field;
}

/** `map` forgets that a list has a first item. */
function asKinds<Kind>(kinds: readonly Kind[]): [Kind, ...Kind[]] {
  return kinds as [Kind, ...Kind[]];
}

import { z } from "zod";
import { type ErrorCode, errorStatus } from "../../common/errors.ts";

/** ISO 8601, UTC. */
export const time = z.iso.datetime().describe("ISO 8601, UTC");

export const listOf = <Schema extends z.ZodType>(item: Schema) =>
  z.object({ value: z.array(item) });

export const noContent = { description: "Done; there is no body" } as const;

const shownShapes = new WeakMap<object, z.ZodType>();

/** `schema`, of which people are shown `shape`: what is taken as it comes, but has a form nevertheless. */
export function shownAs<Schema extends z.ZodType>(schema: Schema, shape: z.ZodType): Schema {
  shownShapes.set(schema, shape);
  return schema;
}

/** A body that is checked together with what is stored. */
export const checkedLater = (shape: z.ZodType) => shownAs(z.looseObject({}), shape);

export const shownShapeOf = (schema: object): z.ZodType | undefined => shownShapes.get(schema);

/** How every refusal of the control plane is said, as Azure's resource manager says it. */
export const errorBody = z.object({
  error: z.object({
    code: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    target: z.string().nullish(),
    details: z
      .array(z.object({ code: z.string(), message: z.string(), target: z.string().nullish() }))
      .optional(),
  }),
});

const shownLengthMax = 20;

/** A whole number that a query has as text. */
export const queryNumber = (limits: { min: number; max: number; default: number }) =>
  z
    .string()
    .default(String(limits.default))
    .transform((text, context) => {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= limits.min && value <= limits.max) return value;
      const shown = text.slice(0, shownLengthMax);
      context.addIssue(`"${shown}" is not a whole number from ${limits.min} to ${limits.max}`);
      return z.NEVER;
    })
    .meta({ type: "integer", minimum: limits.min, maximum: limits.max });

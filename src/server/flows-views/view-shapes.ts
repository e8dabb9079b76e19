import { z } from "zod";
import { filterNames } from "../../logs/views/filter-kql.ts";
import { type ViewFilters, viewUnits } from "../../logs/views/flow-view.ts";
import { time } from "../openapi/shapes.ts";

type FilterName = keyof ViewFilters;

/** The same shape for each filter. */
const ofFilters = <Shape extends z.ZodType>(shape: Shape) =>
  Object.fromEntries(filterNames.map((name) => [name, shape])) as Record<FilterName, Shape>;

const filterName = z.enum(filterNames);
const drillDown = z
  .array(
    z.object({
      view: z.string(),
      filters: z.object(ofFilters(z.string().optional())),
    }),
  )
  .describe("What opens behind a row, and the column that each filter takes");

/** What there is to know of a view before it is asked. */
export const viewDescription = z.object({
  name: z.string(),
  description: z.string(),
  filters: z.array(filterName),
  endFilters: z.array(filterName).describe("Filters whose values may have the form `A->B`"),
  needs: z.array(filterName).describe("Filters that it cannot be asked without"),
  takesTop: z.boolean(),
  drillDown,
});

/** Read by `readViewRequest`, which refuses what it does not know. */
export const viewQuery = z.looseObject({
  timespan: z.string().optional().describe("As ISO 8601 has it, or 6h, 7d; a day unless told"),
  from: time.optional(),
  to: time.optional(),
  unit: z.enum(viewUnits).optional(),
  bin: z.string().optional().describe("Minutes of a point of a series"),
  top: z.string().optional().describe("Rows, 1 to 1,000; 20 unless told"),
  ...ofFilters(
    z.string().optional().describe("Up to 20 values with commas; a flow has one of them"),
  ),
});

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const values = z.array(z.union([z.string(), z.number()])).optional();

/** A view's table, with the question as it was understood. */
export const viewAnswer = z.object({
  view: z.string(),
  timespan: z.string().describe("Two times with a slash between"),
  unit: z.enum(viewUnits),
  binMinutes: z.number(),
  top: z.int(),
  filters: z.object(ofFilters(values)),
  drillDown,
  columns: z.array(z.object({ name: z.string(), type: z.string().describe("As Kusto names it") })),
  rows: z
    .array(z.array(cell))
    .describe("In the order of `columns`; a number that JSON cannot hold is text"),
  total: z
    .object({ flows: z.number(), bytes: z.number(), packets: z.number() })
    .nullable()
    .describe("Whatever `top` left out counts too; null where flows are not counted"),
  kql: z.string().describe("The query that gives these rows"),
  dataVersion: z.string().describe("Another one as soon as there are other flows in that time"),
  addingUp: z.int().describe("Intervals whose records were read one by one"),
  tookMilliseconds: z.number(),
});

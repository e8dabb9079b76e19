import { z } from "zod";

const schema = z.record(z.string(), z.unknown()).describe("JSON Schema, 2020-12");
const content = z.record(z.string(), z.object({ schema: schema.optional() }));
const names = z.array(z.string());

const operation = z.object({
  operationId: z.string(),
  tags: names,
  summary: z.string(),
  security: z
    .array(z.record(z.string(), names))
    .optional()
    .describe("Empty: nobody has to sign in"),
  "x-nightcap-actions": names.optional().describe("What a role has to allow at the subscription"),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(["path", "query"]),
      required: z.boolean(),
      description: z.string().optional(),
      schema,
    }),
  ),
  requestBody: z.object({ content }).optional(),
  responses: z.record(
    z.string(),
    z.object({
      description: z.string(),
      content: content.optional(),
      "x-nightcap-codes": names.optional().describe("Of a refusal: what `error.code` may be"),
    }),
  ),
});

/** The parts of OpenAPI 3.1 that the document has. */
export const documentShape = z.object({
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string(), summary: z.string() }),
  servers: z.array(z.object({ url: z.string() })),
  security: z.array(z.record(z.string(), names)),
  tags: z.array(z.object({ name: z.string() })),
  paths: z
    .record(z.string(), z.record(z.string(), operation))
    .describe("By path, then by method in small letters"),
  components: z.object({
    securitySchemes: z.record(z.string(), z.record(z.string(), z.string())),
    schemas: z.record(z.string(), schema),
  }),
});

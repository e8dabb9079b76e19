import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get } from "./request.ts";

/** As much of JSON Schema as the document uses. */
export interface Schema {
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  parameters: {
    name: string;
    in: "path" | "query";
    required: boolean;
    description?: string;
    schema: Schema;
  }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<
    string,
    {
      description: string;
      content?: Record<string, { schema?: Schema & { $ref?: string } }>;
      /** Of a refusal: what `error.code` may be. */
      "x-nightcap-codes"?: string[];
    }
  >;
  /** Empty: nobody needs to be signed in. */
  security?: [];
  "x-nightcap-actions"?: string[];
}

export interface OpenApi {
  info: { version: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
}

export const openApiPath = "/nightcap/v1/openapi.json";

/** It changes only with the control plane itself. */
export const useOpenApi = (): UseQueryResult<OpenApi> =>
  useQuery({
    queryKey: ["open-api"],
    queryFn: () => get<OpenApi>(openApiPath),
    staleTime: Infinity,
  });

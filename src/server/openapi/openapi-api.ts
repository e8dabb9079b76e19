import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { documentShape } from "./document-shape.ts";
import { openApiDocument } from "./document.ts";
import { type ApiRoute, route } from "./route.ts";

const packagePath = join(import.meta.dirname, "../../../package.json");

/** `GET /nightcap/v1/openapi.json`: what all other routes are, and itself. */
export function openApiRoute(others: readonly ApiRoute[], baseUrl: string): ApiRoute {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(packagePath, "utf8")));
  let text: string | null = null;
  const made: ApiRoute = route(
    {
      method: "GET",
      path: "/nightcap/v1/openapi.json",
      summary: "This document",
      answers: { 200: { description: "OpenAPI 3.1", json: documentShape } },
    },
    (): Response => {
      text ??= JSON.stringify(openApiDocument([...others, made], { version, baseUrl }));
      const headers = { "content-type": "application/json; charset=utf-8" };
      return new Response(text, { headers });
    },
  );
  return made;
}

import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { parseContent } from "../../provider/kernel/request-body.ts";

const workspaces = z.array(z.string().min(1).max(2_048)).max(1_000).nullish();

/** What is asked; members that Azure's clients add and that mean nothing here are left alone. */
const questionBody = z.looseObject({
  query: z.string().min(1),
  timespan: z.string().nullish(),
  workspaces,
});

export interface Question {
  readonly query: string;
  readonly timespan: string | null;
  readonly workspaces: readonly string[];
}

/** Throws `InvalidRequestContent` that names the member at fault. */
export function readQuestion(body: unknown): Question {
  const { query, timespan, workspaces: others } = parseContent(questionBody, body);
  return { query, timespan: timespan ?? null, workspaces: others ?? [] };
}

/** The same out of a URL: `?query=&timespan=&workspaces=a,b`. */
export function questionOfUrl({ searchParams }: URL): Question {
  const others = searchParams.get("workspaces");
  return readQuestion({
    query: searchParams.get("query") ?? undefined,
    timespan: searchParams.get("timespan"),
    workspaces: others === null ? null : others.split(",").filter((each) => each !== ""),
  });
}

/** Requests of one batch; Azure's own limit (https://learn.microsoft.com/azure/azure-monitor/logs/api/batch-queries). */
const batchRequestCountMax = 100;

const batchBody = z.looseObject({
  requests: z
    .array(
      z.looseObject({
        id: z.string().min(1).max(200),
        workspace: z.string().min(1).max(200),
        /** Names in any case, as HTTP has them. */
        headers: z.record(z.string(), z.string()).nullish(),
        body: z.unknown().optional(),
        path: z.string().max(2_048).default("/query"),
        method: z.string().max(20).default("POST"),
      }),
    )
    .min(1)
    .max(batchRequestCountMax),
});

export type BatchRequest = z.infer<typeof batchBody>["requests"][number];

export const readBatch = (body: unknown): BatchRequest[] => parseContent(batchBody, body).requests;

/** The question of a request in a batch: its body, or the URL's own where there is none, as with GET. */
export function questionOfBatch({ path, body }: BatchRequest): Question {
  const url = URL.parse(path, "https://batch.invalid");
  if (!url || !/^\/(?:query|search)$/i.test(url.pathname))
    throw new NightcapError("ResourceNotFound", `no "${path.slice(0, 100)}" in a batch`);
  return url.searchParams.has("query") ? questionOfUrl(url) : readQuestion(body);
}

export function headerOf({ headers }: BatchRequest, name: string): string | null {
  const found = Object.entries(headers ?? {}).find(([each]) => each.toLowerCase() === name);
  return found?.[1] ?? null;
}

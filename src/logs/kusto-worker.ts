// The thread in which Microsoft's parser lives: it answers one query after another.
import { parentPort, workerData } from "node:worker_threads";
import { QueryError } from "../query/query-error.ts";
import { createQueryTranslator } from "../query/translate-query.ts";
import type { TranslateQuery } from "../query/translate-query.ts";
import { loadKusto } from "./kusto-loader.ts";
import type { KustoAnswer, KustoRequest, KustoWorkerData } from "./kusto-messages.ts";

const port = parentPort;
if (!port) throw new Error("the parser runs in a thread of its own");
const { tables } = workerData as KustoWorkerData;
const translate = createQueryTranslator(await loadKusto(), tables);
port.on("message", (request: KustoRequest) => port.postMessage(answerTo(request, translate)));

function answerTo(
  { id, text, options }: KustoRequest,
  translateQuery: TranslateQuery,
): KustoAnswer {
  try {
    return { id, query: translateQuery(text, options) };
  } catch (error) {
    if (error instanceof QueryError)
      return { id, code: error.code, diagnostics: error.diagnostics };
    return { id, fault: error instanceof Error ? error.message : String(error) };
  }
}

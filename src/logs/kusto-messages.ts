import type { QueryDiagnostic, QueryErrorCode } from "../query/query-error.ts";
import type { TableDefinition } from "../query/table-definition.ts";
import type { QueryOptions, TranslatedQuery } from "../query/translate-query.ts";

/** What the thread of the parser is started with. */
export interface KustoWorkerData {
  readonly tables: readonly TableDefinition[];
}

export interface KustoRequest {
  readonly id: number;
  readonly text: string;
  readonly options: QueryOptions;
}

export type KustoAnswer =
  | { readonly id: number; readonly query: TranslatedQuery }
  | {
      readonly id: number;
      readonly code: QueryErrorCode;
      readonly diagnostics: readonly QueryDiagnostic[];
    }
  /** A fault of ours. */
  | { readonly id: number; readonly fault: string };

/**
 * The part of Microsoft's parser (`@kusto/language-service-next`) that the translator uses. The library is
 * C# made into JavaScript; who loads it hands it in, so that this folder stays free of Node modules.
 */
export interface KustoLibrary {
  readonly KustoCode: {
    ParseAndAnalyze(text: string, globals: KustoGlobals): KustoCode;
  };
  readonly GlobalState: { readonly Default: KustoGlobals };
  readonly Symbols: {
    readonly TableSymbol: {
      readonly $ctor7: new (name: string, schema: string, description: null) => KustoSymbol;
    };
    readonly DatabaseSymbol: {
      readonly $ctor3: new (
        name: string,
        alternateName: null,
        members: readonly KustoSymbol[],
        isOpen: boolean,
      ) => KustoSymbol;
    };
    readonly ResultNameKind: Readonly<Record<string, unknown>>;
  };
  readonly Syntax: { readonly SyntaxKind: Readonly<Record<string, unknown>> };
}

export interface KustoGlobals {
  WithDatabase(database: KustoSymbol): KustoGlobals;
}

export interface KustoSymbol {
  readonly Name: string;
  readonly Display?: string;
  readonly ResultNameKind?: number;
  readonly ResultNamePrefix?: string | null;
}

/** The type of an expression; that of a table has columns. */
export interface KustoResultType extends KustoSymbol {
  readonly Columns?: KustoList<{ readonly Name: string; readonly Type: KustoSymbol }>;
}

export interface KustoCode {
  readonly Syntax: KustoElement;
  GetDiagnostics(): KustoList<KustoDiagnostic>;
}

export interface KustoList<T> {
  readonly Count: number;
  getItem(index: number): T;
}

export interface KustoDiagnostic {
  readonly Code: string;
  readonly Severity: string;
  readonly Start: number;
  readonly Length: number;
  readonly Message: string;
}

export interface KustoElement {
  readonly Kind: number;
  readonly IsToken: boolean;
  readonly TextStart: number;
  readonly Width: number;
  readonly ChildCount: number;
  GetChild(index: number): KustoElement | null;
  GetName(index: number): string | null;
  /** Only tokens have these. */
  readonly Text?: string;
  readonly Value?: unknown;
  /** Only names and references have this. */
  readonly SimpleName?: string;
  readonly ResultType?: KustoResultType | null;
  readonly ReferencedSymbol?: KustoSymbol | null;
}

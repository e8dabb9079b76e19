// Microsoft's tables of functions, as far as queries by chance need them: what takes and gives which type.
import type { KustoLibrary, KustoList } from "../../../src/query/syntax/kusto-library.ts";
import type { TableDefinition } from "../../../src/query/table-definition.ts";
import { type KustoType, kustoTypes } from "../../../src/query/sql-value.ts";

export interface FuzzFunction {
  readonly name: string;
  readonly parameters: readonly FuzzParameter[];
  readonly argumentCountMin: number;
  readonly argumentCountMax: number;
  /** Null where the type depends on the arguments. */
  readonly returns: KustoType | null;
}

interface FuzzParameter {
  readonly types: readonly KustoType[];
  /** The only values that it takes, where it takes no others. */
  readonly values: readonly string[];
  readonly isConstant: boolean;
}

interface Signature {
  readonly Parameters: KustoList<Parameter>;
  readonly MinArgumentCount: number;
  readonly MaxArgumentCount: number;
  readonly ReturnKind: number;
  readonly DeclaredReturnType?: { readonly Name: string } | null;
}

interface Parameter {
  readonly TypeKind: number;
  readonly ArgumentKind: number;
  readonly DeclaredTypes?: KustoList<{ readonly Name: string }> | null;
  readonly Values?: KustoList<unknown> | null;
}

interface FunctionSymbol {
  readonly Name: string;
  readonly Signatures: KustoList<Signature>;
}

/** The parts of the library that only the fuzzer uses. */
interface SymbolTables {
  readonly Functions: { readonly All: readonly FunctionSymbol[] };
  readonly Aggregates: { readonly All: readonly FunctionSymbol[] };
}

/** ParameterTypeKind of the library, and the types which each may be. */
const typesOfKind: Readonly<Record<number, readonly KustoType[]>> = {
  6: ["int", "long"],
  7: ["real", "decimal"],
  8: ["string", "dynamic"],
  9: ["string", "dynamic"],
  10: ["long", "dynamic"],
  11: ["dynamic"],
  12: ["dynamic"],
  13: ["int", "long", "real", "decimal"],
  14: ["int", "long", "real", "bool"],
  15: ["long", "real", "timespan", "datetime"],
  16: ["long", "real", "timespan", "datetime"],
  24: ["int", "long", "real"],
  25: ["long", "real", "timespan"],
};
const tabularKinds: ReadonlySet<number> = new Set([3, 4, 5]);
const anyArgument = 0;
const repeatedMax = 4;

/** Aggregates of bits, which the binder lets take anything. */
const onlyWhole: ReadonlySet<string> = new Set([
  "binary_all_and",
  "binary_all_or",
  "binary_all_xor",
]);

export function fuzzFunctions(library: KustoLibrary): {
  scalar: readonly FuzzFunction[];
  aggregate: readonly FuzzFunction[];
} {
  const { Functions, Aggregates } = library as unknown as SymbolTables;
  return {
    scalar: Functions.All.flatMap(readSymbol),
    aggregate: Aggregates.All.filter(({ Name }) => !onlyWhole.has(Name)).flatMap(readSymbol),
  };
}

/** The columns that Microsoft's binder gives a query's answer. */
export function columnBinder(
  library: KustoLibrary,
  tables: readonly TableDefinition[],
): (text: string) => { name: string; type: KustoType }[] {
  const { TableSymbol, DatabaseSymbol } = library.Symbols;
  const symbols = tables.map(({ name, columns }) => {
    const schema = columns.map((column) => `['${column.name}']:${column.type}`).join(", ");
    return new TableSymbol.$ctor7(name, `(${schema})`, null);
  });
  const database = new DatabaseSymbol.$ctor3("flows", null, symbols, false);
  const globals = library.GlobalState.Default.WithDatabase(database);
  return (text) => {
    const { ResultType } = library.KustoCode.ParseAndAnalyze(text, globals) as unknown as {
      ResultType: { Columns: KustoList<{ Name: string; Type: { Name: string } }> };
    };
    return items(ResultType.Columns).map(({ Name, Type }) => ({
      name: Name,
      type: Type.Name as KustoType,
    }));
  };
}

function readSymbol({ Name, Signatures }: FunctionSymbol): FuzzFunction[] {
  return items(Signatures)
    .filter(({ Parameters }) =>
      items(Parameters).every(({ TypeKind }) => !tabularKinds.has(TypeKind)),
    )
    .map((signature) => ({
      name: Name,
      parameters: items(signature.Parameters).map(readParameter),
      argumentCountMin: signature.MinArgumentCount,
      argumentCountMax: Math.min(
        signature.MaxArgumentCount,
        signature.MinArgumentCount + repeatedMax,
      ),
      returns: signature.ReturnKind === 0 ? typeNamed(signature.DeclaredReturnType?.Name) : null,
    }));
}

function readParameter({
  TypeKind,
  ArgumentKind,
  DeclaredTypes,
  Values,
}: Parameter): FuzzParameter {
  const declared = DeclaredTypes
    ? items(DeclaredTypes).flatMap(({ Name }) => typeNamed(Name) ?? [])
    : [];
  const types = declared.length > 0 ? declared : (typesOfKind[TypeKind] ?? kustoTypes);
  const values = Values ? items(Values).map(String) : [];
  return { types, values, isConstant: ArgumentKind !== anyArgument };
}

function typeNamed(name: string | undefined): KustoType | null {
  return kustoTypes.find((type) => type === name) ?? null;
}

/** The library gives its lists as lists of C# or as arrays. */
function items<Item>(list: KustoList<Item> | readonly Item[]): Item[] {
  if (Array.isArray(list)) return list;
  const { Bridge } = globalThis as unknown as { Bridge: { toArray(list: unknown): Item[] } };
  return Bridge.toArray(list);
}

import type { Column, Relation } from "../relation/relation.ts";
import { convert } from "../conversion/convert.ts";
import { nullValue } from "../scalar/literal-values.ts";
import { typeNamed } from "../scalar/type-names.ts";
import type { Names } from "../scope.ts";
import { sqlString } from "../sql-text.ts";
import { sqlTypes } from "../sql-value.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf } from "../syntax/syntax-node.ts";
import type { Translator } from "../translator.ts";

/** `datatable(a:string, b:long) ["x", 1, "y", 2]`: rows that the query brings along. */
export function dataTable(node: SyntaxNode, names: Names, translator: Translator): Relation {
  const columns = schemaColumns(childOf(node, "Schema"), translator);
  const values = listOf(node, "Values");
  if (columns.length === 0 || values.length % columns.length !== 0)
    return translator.fail(node, "the number of values is no multiple of the number of columns");
  const cells = values.map((value, index) => {
    const type = columns[index % columns.length]?.type ?? "string";
    return cell(translator.scalar(value, { row: null, names }), type);
  });
  const ids = columns.map(({ id }) => id);
  return { columns, order: [], source: { kind: "sql", sql: valuesSql(columns, cells), ids } };
}

/** The columns that a schema such as `(a:string, b:long)` declares. */
export function schemaColumns(schema: SyntaxNode, translator: Translator): Column[] {
  return listOf(schema, "Columns").map((column) => {
    const type = typeNamed(childOf(childOf(column, "Type"), "Type").text ?? "");
    if (!type) return translator.fail(column, "there is no type of that name");
    return translator.freshColumn(childOf(column, "Name").name ?? "", type);
  });
}

function cell(value: SqlValue, type: KustoType): string {
  return value.constant === null ? nullValue(type).sql : convert(value, type).sql;
}

function valuesSql(columns: readonly Column[], cells: readonly string[]): string {
  const structure = columns.map(({ id, type }) => `${id} ${sqlTypes[type]}`).join(", ");
  if (cells.length === 0) return `null(${sqlString(structure)})`;
  const rows: string[] = [];
  for (let at = 0; at < cells.length; at += columns.length)
    rows.push(`(${cells.slice(at, at + columns.length).join(", ")})`);
  return `values(${sqlString(structure)}, ${rows.join(", ")})`;
}

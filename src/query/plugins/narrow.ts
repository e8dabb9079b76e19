import { toStringSql } from "../conversion/to-string.ts";
import { columnValue } from "../relation/define-columns.ts";
import { defined, sortKeySql } from "../relation/relation.ts";
import type { Relation } from "../relation/relation.ts";
import { sqlString } from "../sql-text.ts";
import type { OperatorContext, PluginCall, TabularPlugin } from "../translator.ts";

export const narrow: TabularPlugin = { name: "narrow", translate: unpivot };

/** A row for each value: its row's number from 0, its column's name and itself as text. */
function unpivot(_call: PluginCall, input: Relation, { translator }: OperatorContext): Relation {
  const place = translator.freshId();
  const order = input.order.map(sortKeySql).join(", ");
  const numbered = defined(
    input.source,
    new Map([
      [
        place,
        order === "" ? "rowNumberInAllBlocks()" : `row_number() OVER (ORDER BY ${order}) - 1`,
      ],
    ]),
  );
  const cell = translator.freshId();
  const cells = input.columns.map(
    (column) => `(${sqlString(column.name)}, ${toStringSql(columnValue(column))})`,
  );
  const columns = [
    translator.freshColumn("Row", "long", false),
    translator.freshColumn("Column", "string", false),
    translator.freshColumn("Value", "string", false),
  ];
  const values = [`toInt64(${place})`, `${cell}.1`, `${cell}.2`];
  return {
    columns,
    order: [],
    source: {
      kind: "select",
      from: {
        kind: "select",
        from: numbered,
        define: new Map(),
        passes: true,
        arrayJoin: [`[${cells.join(", ")}] AS ${cell}`],
      },
      define: new Map(columns.map(({ id }, index) => [id, values[index] ?? ""])),
      passes: true,
    },
  };
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type LogsMetadata, type TableCount, useTableCounts } from "../../../api/logs.ts";
import { Field } from "../../../parts/field.tsx";
import { CountText, ShortCount } from "./table-count.tsx";
import css from "./pane.module.css";

type Table = LogsMetadata["tables"][number];

/** Tables with their columns: a press puts a name into the query. */
export function TableList({
  metadata,
  insert,
}: {
  metadata: LogsMetadata | undefined;
  insert: (text: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const { data: counts } = useTableCounts();
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const fits = (name: string): boolean => name.toLowerCase().includes(wanted);
  const shown = (metadata?.tables ?? []).filter(
    ({ name, columns }) => fits(name) || columns.some((column) => fits(column.name)),
  );
  return (
    <>
      <Field
        label={t("logs.findName")}
        type="search"
        value={filter}
        onChange={({ target }) => setFilter(target.value)}
      />
      {shown.map((table) => (
        <TableEntry
          key={table.name}
          table={table}
          count={counts?.get(table.name)}
          columns={
            wanted === "" || fits(table.name)
              ? table.columns
              : table.columns.filter(({ name }) => fits(name))
          }
          isFound={wanted !== "" && !fits(table.name)}
          insert={insert}
        />
      ))}
    </>
  );
}

function TableEntry({
  table,
  count,
  columns,
  isFound,
  insert,
}: {
  table: Table;
  /** Missing while it is asked, and where it cannot be known. */
  count: TableCount | undefined;
  columns: Table["columns"];
  /** It is shown because of its columns, which are shown then. */
  isFound: boolean;
  insert: (text: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const [isOpened, setOpened] = useState(false);
  const isOpen = isOpened || isFound;
  return (
    <details
      className={css["table"]}
      open={isOpen}
      onToggle={({ currentTarget }) => setOpened(currentTarget.open)}
    >
      <summary>
        <span className={css["title"]}>
          <span>{table.name}</span>
          {count && <ShortCount count={count} />}
        </span>
      </summary>
      {isOpen && (
        <div className={css["inside"]}>
          {table.description !== undefined && <p>{table.description}</p>}
          {count && <CountText count={count} />}
          <button type="button" className={css["name"]} onClick={() => insert(table.name)}>
            {t("logs.insert", { name: table.name })}
          </button>
          <ul>
            {columns.map(({ name, type, description }) => (
              <li key={name}>
                <button
                  type="button"
                  className={css["name"]}
                  title={description}
                  onClick={() => insert(name)}
                >
                  {name}
                </button>
                <span>{type}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </details>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogCell, LogColumn } from "../../../api/logs.ts";
import { Button } from "../../../parts/button.tsx";
import { useFormats } from "../../../words/moments.ts";
import { cellText, dynamicValue } from "./cell-text.ts";
import { jsonOf } from "./export.ts";
import { JsonTree } from "./json-tree.tsx";
import css from "./results.module.css";

/** One row with each of its columns, to be read and copied. */
export function RowDetails({
  columns,
  row,
}: {
  columns: readonly LogColumn[];
  row: readonly LogCell[];
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div className={css["details"]}>
      <CopyButton text={() => jsonOf({ columns: [...columns], rows: [[...row]] })}>
        {t("logs.copyRow")}
      </CopyButton>
      <dl>
        {columns.map((column, at) => (
          <div key={column.name}>
            <dt>
              {column.name} <span className={css["type"]}>{column.type}</span>
            </dt>
            <dd>
              <Value column={column} cell={row[at] ?? null} />
              {cellText(row[at]) !== "" && (
                <CopyButton
                  text={() => cellText(row[at])}
                  label={t("logs.copyOf", { name: column.name })}
                >
                  ⧉
                </CopyButton>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Value({ column, cell }: { column: LogColumn; cell: LogCell }): React.ReactNode {
  const { moment } = useFormats();
  const text = cellText(cell);
  if (text === "") return <span className={css["blank"]}>{cell === null ? "null" : '""'}</span>;
  if (column.type === "dynamic") return <JsonTree value={dynamicValue(cell)} />;
  if (column.type !== "datetime") return <span className={css["value"]}>{text}</span>;
  return (
    <span className={css["value"]}>
      {text} <span className={css["type"]}>{moment(text)}</span>
    </span>
  );
}

function CopyButton({
  text,
  label,
  children,
}: {
  text: () => string;
  label?: string;
  children: React.ReactNode;
}): React.ReactNode {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text());
    setCopied(true);
  };
  return (
    <Button kind="quiet" aria-label={label} onClick={() => void copy()}>
      {isCopied ? t("kql.copied") : children}
    </Button>
  );
}

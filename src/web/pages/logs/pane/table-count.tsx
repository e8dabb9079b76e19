import { useTranslation } from "react-i18next";
import type { TableCount } from "../../../api/logs.ts";
import { useFormats } from "../../../words/moments.ts";
import css from "./pane.module.css";

/** `1.2M` beside a table's name, or of how many tuples it is made. */
export function ShortCount({ count }: { count: TableCount }): React.ReactNode {
  const { t, i18n } = useTranslation();
  const short = new Intl.NumberFormat(i18n.language, {
    notation: "compact",
    maximumSignificantDigits: 3,
  });
  const { rowCount, counted } = count;
  const shown = short.format(rowCount);
  const words = counted === "rows" ? shown : t("logs.tuples", { count: rowCount, shown });
  return <span className={css["count"]}>{rowCount === 0 ? t("logs.emptyTable") : words}</span>;
}

/** How many rows, and of which time. */
export function CountText({ count }: { count: TableCount }): React.ReactNode {
  const { t } = useTranslation();
  const { number, utc } = useFormats();
  const { rowCount, counted, firstTime, lastTime } = count;
  if (rowCount === 0) return null;
  const shown = number(rowCount);
  return (
    <p>
      {t(counted === "rows" ? "logs.rows" : "logs.madeOf", { count: rowCount, shown })}
      {firstTime !== null && lastTime !== null && (
        <>
          <br />
          {t("logs.fromTo", { from: utc(firstTime), to: utc(lastTime) })}
        </>
      )}
    </p>
  );
}

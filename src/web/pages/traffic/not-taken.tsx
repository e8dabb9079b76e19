import { useTranslation } from "react-i18next";
import { type FlowQuestion, useNotTaken } from "../../api/flow-views.ts";
import css from "./traffic.module.css";

/** Says which conditions a view cannot take, so that nobody takes its numbers for narrowed ones. */
export function NotTaken({
  view,
  question,
}: {
  view: string;
  question: FlowQuestion;
}): React.ReactNode {
  const { t, i18n } = useTranslation();
  const names = useNotTaken(view, question).map((name) =>
    i18n.exists(`filter.${name}`) ? t(`filter.${name}`) : name,
  );
  if (names.length === 0) return null;
  const list = new Intl.ListFormat(i18n.language).format(names);
  return <span className={css["notTaken"]}>{t("traffic.notTaken", { names: list })}</span>;
}

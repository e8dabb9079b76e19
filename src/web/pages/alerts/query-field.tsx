import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { logsLink } from "../logs/link.ts";
import css from "./alerts.module.css";
import { type Place, placeOfError } from "./error-place.ts";

/** A query in KQL, and what is wrong with it: underlined where it is, and told with a way there. */
export function QueryField({
  query,
  error,
  change,
}: {
  query: string;
  error: string | undefined;
  change: (query: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const marks = useRef<HTMLPreElement>(null);
  const place = placeOfError(query, error);
  const goTo = ({ from, to }: Place): void => {
    field.current?.focus();
    field.current?.setSelectionRange(from, Math.max(to, from));
  };
  return (
    <div className={`${css["query"]} ${css["wide"]}`}>
      <label htmlFor={id}>{t("alertForm.query")}</label>
      <div className={css["queryBox"]}>
        <pre ref={marks} aria-hidden="true">
          {place && <Marked query={query} place={place} />}
        </pre>
        <textarea
          ref={field}
          id={id}
          value={query}
          spellCheck={false}
          maxLength={20_000}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-hint`}
          onChange={({ target }) => change(target.value)}
          onScroll={({ currentTarget }) => {
            if (marks.current) marks.current.scrollTop = currentTarget.scrollTop;
          }}
        />
      </div>
      <p
        id={`${id}-hint`}
        className={error === undefined ? css["small"] : css["error"]}
        role={error === undefined ? undefined : "status"}
      >
        {error ?? t("alertHint.query")}{" "}
        {place && (
          <button type="button" className={css["place"]} onClick={() => goTo(place)}>
            {t("alertForm.goTo", { line: place.line, column: place.column })}
          </button>
        )}{" "}
        <Link href={logsLink({ query, timespan: "P1D" })}>{t("alertForm.tryQuery")}</Link>
      </p>
    </div>
  );
}

/** The same text without its colour, so that only the line below the place is seen. */
function Marked({ query, place: { from, to } }: { query: string; place: Place }): React.ReactNode {
  return (
    <>
      {query.slice(0, from)}
      <mark>{query.slice(from, to) || " "}</mark>
      {query.slice(to)}
    </>
  );
}

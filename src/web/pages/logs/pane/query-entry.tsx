import css from "./pane.module.css";

/** A query that a press opens, with a few words about it. */
export const QueryEntry = ({
  title,
  about,
  query,
  open,
  children,
}: {
  title: string;
  about?: React.ReactNode;
  query: string;
  open: () => void;
  children?: React.ReactNode;
}): React.ReactNode => (
  <li className={css["entry"]}>
    <button type="button" onClick={open} title={query}>
      {title}
    </button>
    {about !== undefined && <p>{about}</p>}
    {children}
  </li>
);

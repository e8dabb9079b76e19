import { useId } from "react";
import css from "./panel.module.css";

/** A titled part of a page. */
export function Panel({
  title,
  aside,
  children,
}: {
  title: string;
  /** Beside the title: a figure, a link, a button. */
  aside?: React.ReactNode;
  children: React.ReactNode;
}): React.ReactNode {
  const id = useId();
  return (
    <section className={css["panel"]} aria-labelledby={id}>
      <header className={css["head"]}>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

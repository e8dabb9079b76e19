import css from "./notice.module.css";

/** A few words in a frame: what is wrong, or what could be here. */
export const Notice = ({
  kind,
  title,
  text,
  children,
}: {
  kind: "calm" | "good" | "warn" | "bad";
  title: string;
  text?: string | undefined;
  children?: React.ReactNode;
}): React.ReactNode => (
  <section className={css["notice"]} data-kind={kind} role={kind === "bad" ? "alert" : undefined}>
    <h2>{title}</h2>
    {text !== undefined && <p>{text}</p>}
    {children}
  </section>
);

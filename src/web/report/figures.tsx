import css from "./report.module.css";

/** Numbers with their names, the way people look for them. */
export const Figures = ({
  figures,
}: {
  figures: readonly { name: string; value: string }[];
}): React.ReactNode => (
  <dl className={css["figures"]}>
    {figures.map(({ name, value }) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

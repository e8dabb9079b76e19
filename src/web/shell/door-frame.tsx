import css from "./door.module.css";
import mark from "./mark.svg";

/** What surrounds the forms of those who are not in yet. */
export const DoorFrame = ({
  title,
  text,
  children,
}: {
  title: string;
  text: string;
  children: React.ReactNode;
}): React.ReactNode => (
  <main className={css["door"]}>
    <div className={css["panel"]}>
      <img src={mark} alt="Nightcap" width="44" height="44" />
      <h1>{title}</h1>
      <p className={css["text"]}>{text}</p>
      {children}
    </div>
  </main>
);

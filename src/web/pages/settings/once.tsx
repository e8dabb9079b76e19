import { CopyButton } from "../../parts/copy-button.tsx";
import css from "./settings.module.css";

/** A secret that is shown now and never again. */
export const Once = ({ text, secret }: { text: string; secret: string }): React.ReactNode => (
  <div className={css["once"]} role="status">
    <p>{text}</p>
    <code>{secret}</code>
    <div>
      <CopyButton text={secret} />
    </div>
  </div>
);

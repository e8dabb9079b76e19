import { Menu } from "@base-ui/react/menu";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type SignedIn, signOut } from "../api/session.ts";
import { chooseLanguage, type Language, languages } from "../words/words.ts";
import css from "./preferences.module.css";
import { applyTheme, keptTheme, onSystemTheme, type Theme } from "./theme.ts";

const themes: readonly Theme[] = ["system", "night", "paper"];

/** Who is here, in which language and light; and the way out. */
export function Preferences({ session }: { session: SignedIn }): React.ReactNode {
  const { t, i18n } = useTranslation();
  const [theme, setTheme] = useTheme();
  const leave = async (): Promise<void> => {
    await signOut();
    location.assign("/ui/"); // a fresh page remembers nothing of this one
  };
  return (
    <Menu.Root>
      <Menu.Trigger className={css["who"]}>
        <span className={css["initial"]} aria-hidden="true">
          {session.user.name.slice(0, 1).toUpperCase()}
        </span>
        <span className={css["name"]}>{session.user.name}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={8} align="end" className={css["layer"]}>
          <Menu.Popup className={css["menu"]}>
            <p className={css["roles"]}>{session.roles.map(({ name }) => name).join(", ")}</p>
            <Choices
              label={t("frame.light")}
              value={theme}
              choices={themes.map((value) => ({ value, words: t(`theme.${value}`) }))}
              choose={setTheme}
            />
            <Choices
              label={t("frame.language")}
              value={i18n.language as Language}
              choices={Object.entries(languages).map(([value, words]) => ({
                value: value as Language,
                words,
              }))}
              choose={(language) => void chooseLanguage(language)}
            />
            <Menu.Separator className={css["line"]} />
            <Menu.Item className={css["item"]} render={<Link href="/reference" />}>
              {t("frame.reference")}
            </Menu.Item>
            <Menu.Item className={css["item"]} onClick={() => void leave()}>
              {t("frame.signOut")}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Choices<T extends string>({
  label,
  value,
  choices,
  choose,
}: {
  label: string;
  value: T;
  choices: readonly { value: T; words: string }[];
  choose: (value: T) => void;
}): React.ReactNode {
  return (
    <Menu.Group>
      <Menu.GroupLabel className={css["label"]}>{label}</Menu.GroupLabel>
      <Menu.RadioGroup value={value} onValueChange={choose}>
        {choices.map((choice) => (
          <Menu.RadioItem key={choice.value} value={choice.value} className={css["item"]}>
            <span className={css["tick"]} aria-hidden="true" />
            {choice.words}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </Menu.Group>
  );
}

function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(keptTheme);
  useEffect(() => onSystemTheme(() => applyTheme(keptTheme())), []);
  return [
    theme,
    (next) => {
      applyTheme(next);
      setTheme(next);
    },
  ];
}

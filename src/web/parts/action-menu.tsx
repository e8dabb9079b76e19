import { ContextMenu } from "@base-ui/react/context-menu";
import { Menu } from "@base-ui/react/menu";
import css from "./action-menu.module.css";

export interface Action {
  words: string;
  /** What it is done with, below the words. */
  detail?: string;
  act: () => void;
}

const items = (actions: readonly Action[]): React.ReactNode =>
  actions.map(({ words, detail, act }) => (
    <Menu.Item key={words} className={css["item"]} onClick={act}>
      {words}
      {detail !== undefined && <code>{detail}</code>}
    </Menu.Item>
  ));

/** A button with a menu of what can be done. */
export const ActionMenu = ({
  label,
  actions,
}: {
  label: string;
  actions: readonly Action[];
}): React.ReactNode => (
  <Menu.Root>
    <Menu.Trigger className={css["trigger"]} disabled={actions.length === 0}>
      {label}
    </Menu.Trigger>
    <Menu.Portal>
      <Menu.Positioner sideOffset={6} align="end" className={css["layer"]}>
        <Menu.Popup className={css["menu"]}>{items(actions)}</Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  </Menu.Root>
);

/**
 * The same at the place of a right click or a long press inside of `children`. `aim` is told first of what it
 * was on, so that the actions are about that; they are to be within reach of the keyboard elsewhere.
 */
export const ActionArea = ({
  actions,
  aim,
  className,
  children,
}: {
  actions: readonly Action[];
  aim: (target: HTMLElement) => void;
  className: string | undefined;
  children: React.ReactNode;
}): React.ReactNode => (
  <ContextMenu.Root disabled={actions.length === 0}>
    <ContextMenu.Trigger
      className={className}
      onContextMenuCapture={({ target }: React.MouseEvent) => aim(target as HTMLElement)}
      onTouchStartCapture={({ target }: React.TouchEvent) => aim(target as HTMLElement)}
    >
      {children}
    </ContextMenu.Trigger>
    <ContextMenu.Portal>
      <ContextMenu.Positioner className={css["layer"]}>
        <ContextMenu.Popup className={css["menu"]}>{items(actions)}</ContextMenu.Popup>
      </ContextMenu.Positioner>
    </ContextMenu.Portal>
  </ContextMenu.Root>
);

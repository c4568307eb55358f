/** Menus: a trigger, a popover, and items with an icon and a line of help. */

import type { ReactNode } from 'react';
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  type MenuItemProps as AriaMenuItemProps,
  type MenuProps as AriaMenuProps,
  MenuSection as AriaMenuSection,
  Header,
  MenuTrigger,
  Popover,
  Text,
} from 'react-aria-components';

export interface MenuProps<Item> extends AriaMenuProps<Item> {
  readonly trigger: ReactNode;
  readonly label: string;
}

export function Menu<Item extends object>({ trigger, label, ...props }: MenuProps<Item>) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className="popover" offset={6} containerPadding={8}>
        <AriaMenu {...props} aria-label={label} className="menu" />
      </Popover>
    </MenuTrigger>
  );
}

export interface MenuItemProps extends Omit<AriaMenuItemProps, 'className' | 'children'> {
  readonly title: string;
  readonly description?: string | undefined;
  readonly icon?: ReactNode;
}

export function MenuItem({ title, description, icon, ...props }: MenuItemProps) {
  return (
    <AriaMenuItem {...props} textValue={title} className={`menu-item ${icon === undefined ? 'plain' : ''}`}>
      {icon}
      <Text slot="label">{title}</Text>
      {description === undefined ? null : <Text slot="description">{description}</Text>}
    </AriaMenuItem>
  );
}

export function MenuSection({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <AriaMenuSection className="menu-section">
      <Header className="menu-heading">{title}</Header>
      {children}
    </AriaMenuSection>
  );
}

/** Buttons: React Aria's, with our look and a tooltip for those that show only an icon. */

import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  Tooltip,
  TooltipTrigger,
} from 'react-aria-components';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children'> {
  /** Words of the look in buttons.css: `primary`, `small`, `bare`, `danger`. */
  readonly look?: string;
  readonly children: ReactNode;
}

export function Button({ look = '', children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={`button ${look}`}>
      {children}
    </AriaButton>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'aria-label'> {
  /** What a screen reader says. */
  readonly label: string;
  /** What the tooltip says, when it is more than the label. */
  readonly hint?: string;
}

export function IconButton({ label, hint, look = '', children, ...props }: IconButtonProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={80}>
      <Button {...props} aria-label={label} look={`icon ${look}`}>
        {children}
      </Button>
      <Hint>{hint ?? label}</Hint>
    </TooltipTrigger>
  );
}

export function Hint({ children }: { readonly children: ReactNode }) {
  return (
    <Tooltip className="tooltip" offset={6}>
      {children}
    </Tooltip>
  );
}

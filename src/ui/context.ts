/** How components reach the store: the state through a selector, the actions as one stable object. */

import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Memory } from '../store/memory.ts';
import type { GraftState } from '../store/state.ts';
import type { Graft, GraftActions } from '../store/store.ts';
import type { View, ViewStore } from './view.ts';

export interface UiServices extends Graft {
  readonly view: ViewStore;
  readonly memory: Memory;
  /** Signs in by leaving the page, or rejects and stays; null when no OAuth client is configured. */
  readonly signIn: (() => Promise<void>) | null;
}

export const UiContext = createContext<UiServices | null>(null);

export function useUi(): UiServices {
  const services = useContext(UiContext);
  if (services === null) throw new Error('UiContext is missing above this component.');
  return services;
}

export function useGraft<Slice>(selector: (state: GraftState) => Slice): Slice {
  return useStore(useUi().store, selector);
}

export function useView<Slice>(selector: (view: View) => Slice): Slice {
  return useStore(useUi().view, selector);
}

export function useActions(): GraftActions {
  return useUi().actions;
}

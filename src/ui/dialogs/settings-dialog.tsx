/** Hub, memory, account and theme. */

import { useState } from 'react';
import {
  FieldError,
  Input,
  type KeyboardEvent,
  Label,
  Radio,
  RadioGroup,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  Text,
  TextField,
} from 'react-aria-components';
import { toWire, type WireError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { DEFAULT_ENDPOINT, MAX_BUDGET_BYTES, type Theme } from '../../store/settings.ts';
import { useActions, useGraft, useUi, useView } from '../context.ts';
import { Button } from '../controls/button.tsx';
import { Dialog } from '../controls/dialog.tsx';

const MIB = 1024 * 1024;

export function SettingsDialog() {
  const { view } = useUi();
  const isOpen = useView((state) => state.dialog === 'settings');
  return (
    <Dialog title="Settings" isOpen={isOpen} onClose={() => view.setState({ dialog: null })}>
      <Account />
      <Endpoint />
      <Budget />
      <ThemeChoice />
    </Dialog>
  );
}

function Account() {
  const { signIn } = useUi();
  const actions = useActions();
  const { token, user } = useGraft((state) => state.session);
  const [typed, setTyped] = useState('');
  if (token !== null) {
    return (
      <div className="field">
        <span className="field-label">Hub account</span>
        <div className="field-row">
          <span className="grow">{user === null ? 'A token is in use.' : `Signed in as ${user.name}.`}</span>
          <Button onPress={() => actions.setToken(null)}>
            {user === null ? 'Forget the token' : 'Sign out'}
          </Button>
        </div>
        <span className="field-help">It is kept in memory and gone when this page closes.</span>
      </div>
    );
  }
  const use = () => {
    actions.setToken(typed);
    setTyped('');
  };
  return (
    <>
      {signIn === null ? null : <SignIn signIn={signIn} />}
      <TextField
        className="field"
        type="password"
        value={typed}
        onChange={setTyped}
        onKeyDown={onEnter(use)}
        autoComplete="off"
      >
        <Label className="field-label">Access token</Label>
        <div className="field-row">
          <Input className="input" placeholder="hf_…" spellCheck="false" />
          <Button isDisabled={typed.trim() === ''} onPress={use}>
            Use
          </Button>
        </div>
        <Text slot="description" className="field-help">
          Only for gated and private models; a fine-grained, read-only token is enough. It stays in memory, is
          sent to the hub below and nowhere else, and is gone when this page closes.
        </Text>
      </TextField>
    </>
  );
}

function SignIn({ signIn }: { readonly signIn: () => Promise<void> }) {
  const [refused, setRefused] = useState<WireError | null>(null);
  const leave = async () => {
    setRefused(null);
    try {
      await signIn();
    } catch (error) {
      setRefused(toWire(error));
    }
  };
  return (
    <div className="field">
      <span className="field-label">Hub account</span>
      <Button onPress={() => void leave()}>Sign in with Hugging Face</Button>
      <span className="field-help">
        This leaves the page and comes back. A run at work is interrupted, and can be resumed.
      </span>
      {refused === null ? null : (
        <span className="field-error" role="alert">
          {refused.message} {refused.fix}
        </span>
      )}
    </div>
  );
}

function Endpoint() {
  const actions = useActions();
  const endpoint = useGraft((state) => state.settings.endpoint);
  const [typed, setTyped] = useState(endpoint);
  const [refused, setRefused] = useState(false);
  const apply = (text: string) => {
    const accepted = actions.setEndpoint(text);
    setRefused(!accepted);
    if (accepted) setTyped(text);
  };
  return (
    <TextField
      className="field"
      type="url"
      value={typed}
      isInvalid={refused}
      onChange={(text) => {
        setTyped(text);
        setRefused(false);
      }}
      onBlur={() => apply(typed)}
      onKeyDown={onEnter(() => apply(typed))}
    >
      <Label className="field-label">Hub address</Label>
      <div className="field-row">
        <Input className="input" spellCheck="false" />
        {endpoint === DEFAULT_ENDPOINT ? null : (
          <Button onPress={() => apply(DEFAULT_ENDPOINT)}>Use the default</Button>
        )}
      </div>
      <Text slot="description" className="field-help">
        Where models are searched and fetched. A mirror or your own hub works too.
      </Text>
      <FieldError className="field-error">
        That is no address a hub can have: use https, or http on this machine.
      </FieldError>
    </TextField>
  );
}

/** React Aria keeps a key that a handler saw to itself; the others must go on, or Escape would not close the dialog. */
function onEnter(act: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key === 'Enter') act();
    else event.continuePropagation();
  };
}

function Budget() {
  const actions = useActions();
  const bytes = useGraft((state) => state.settings.budgetBytes);
  // A position per doubling: 64 MB matters at the low end and not at the high one.
  const [position, setPosition] = useState(Math.log2(bytes / MIB));
  const low = Math.log2(LIMITS.minBudgetBytes / MIB);
  const high = Math.log2(MAX_BUDGET_BYTES / MIB);
  const shown = Math.round(2 ** position);
  return (
    <Slider
      className="field slider"
      minValue={low}
      maxValue={high}
      step={0.5}
      value={position}
      onChange={setPosition}
      onChangeEnd={(value) => actions.setBudget(2 ** value * MIB)}
    >
      <Label className="field-label">Memory budget</Label>
      <SliderOutput>{shown >= 1024 ? `${(shown / 1024).toFixed(1)} GiB` : `${shown} MiB`}</SliderOutput>
      <SliderTrack className="slider-track">
        <SliderThumb className="slider-thumb" />
      </SliderTrack>
      <span className="field-help slider-help">
        The most that is in flight at once, GPU buffers included. It does not grow with the model; more helps
        fast connections and disks.
      </span>
    </Slider>
  );
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'System'],
  ['dark', 'Dark'],
  ['light', 'Light'],
];

function ThemeChoice() {
  const actions = useActions();
  const theme = useGraft((state) => state.settings.theme);
  return (
    <RadioGroup
      className="field"
      orientation="horizontal"
      value={theme}
      onChange={(value) => actions.setTheme(value as Theme)}
    >
      <Label className="field-label">Theme</Label>
      <div className="choices">
        {THEMES.map(([value, title]) => (
          <Radio key={value} className="choice" value={value}>
            {title}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}

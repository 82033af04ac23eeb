/** The box that asks: any service, in a session that allows it. */

import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { STATUS__NAMES } from '../../../src/protocol/ids.js';
import { Icon } from '../app/icons.js';
import { JsonTree } from '../detail/json-tree.js';
import type { Store } from '../store/store.js';
import { duration } from '../store/texts.js';
import type { Asked } from '../store/types.js';
import { EMPTY, History, type NamedServices, readQuestion, SERVICES, type Typed } from './question.js';
import { namesOf, sendAsk } from './sending.js';

/** Only the last answers are kept. */
const MAX_ANSWERS = 20;

interface Answered {
  readonly id: number;
  readonly group: string;
  readonly what: string;
  /** Null while it is awaited. */
  readonly asked: Asked | null;
}

const typed = signal<Typed>(EMPTY);
const answers = signal<readonly Answered[]>([]);
const history = new History();
let lastId = 0;

export function AskBox({ store }: { store: Store }) {
  const group = store.group.value;
  const canSend = store.canSend(group);
  const services = useNames(group, canSend);
  if (group === null || !canSend)
    return <HowToAllow group={group} process={store.session(group)?.process ?? null} />;
  const read = readQuestion(typed.value, services);
  const set = (field: Partial<Typed>) => (typed.value = { ...typed.value, ...field });
  const data = services.find(({ serviceId }) => serviceId === read.ask?.serviceId)?.data ?? [];
  const submit = async (event: Event) => {
    event.preventDefault();
    // what was typed last may not be drawn yet
    const { ask } = readQuestion(typed.peek(), services);
    if (ask === null) return;
    const { service, dataId } = typed.peek();
    history.add(typed.value);
    const answered: Answered = { id: ++lastId, group, what: `${service} ${dataId}`, asked: null };
    answers.value = [answered, ...answers.value].slice(0, MAX_ANSWERS);
    const asked = await sendAsk({ group, ...ask });
    answers.value = answers.value.map((each) => (each.id === answered.id ? { ...each, asked } : each));
  };
  const recall = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (by === 0 || !isAtEdge(event.currentTarget, by)) return;
    const before = history.step(by);
    if (before === undefined) return;
    event.preventDefault();
    typed.value = before;
  };
  const field = (name: 'service' | 'dataId' | 'timeout') => ({
    value: typed.value[name],
    fault: read.faults?.[name],
    type: (text: string) => set({ [name]: text }),
    recall,
  });
  return (
    <div class="pad stack ask">
      <form onSubmit={submit} aria-label={`Ask ${group}`}>
        <h2>Ask {group}</h2>
        <TextField
          name="service"
          label="Service"
          {...field('service')}
          offered={[...SERVICES, ...services].map(({ serviceId, name }) => ({ id: serviceId, name }))}
        />
        <TextField
          name="data-id"
          label="Data id"
          {...field('dataId')}
          offered={data.map(({ dataId, name }) => ({ id: dataId, name }))}
        />
        <Field name="data" label="Data (JSON; empty for null)" fault={read.faults?.data}>
          {(attributes) => (
            <textarea
              {...attributes}
              rows={3}
              value={typed.value.data}
              onInput={(event) => set({ data: event.currentTarget.value })}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit(event);
                else recall(event);
              }}
            />
          )}
        </Field>
        <TextField
          name="timeout"
          label="Time-out (ms)"
          {...field('timeout')}
          inputMode="numeric"
          placeholder="that of the session"
        />
        <div class="buttons">
          <button type="submit" class="primary" id="ask-send" disabled={read.ask === null}>
            <Icon name="send" /> Send
          </button>
          <span class="quiet">
            <kbd>↑</kbd> what was asked before
          </span>
        </div>
      </form>
      <div aria-live="polite" class="stack">
        {answers.value.map((answered) => (
          <Answer key={answered.id} answered={answered} />
        ))}
      </div>
    </div>
  );
}

/** Whether an arrow leads out of a field of several lines. */
function isAtEdge(target: EventTarget | null, by: number): boolean {
  if (!(target instanceof HTMLTextAreaElement)) return true;
  const { value, selectionStart } = target;
  return by < 0
    ? !value.slice(0, selectionStart).includes('\n')
    : !value.slice(selectionStart).includes('\n');
}

function useNames(group: string | null, canSend: boolean): NamedServices {
  const [services, setServices] = useState<NamedServices>([]);
  useEffect(() => {
    setServices([]);
    if (group === null || !canSend) return;
    let isWanted = true;
    void namesOf(group).then((names) => isWanted && setServices(names.services));
    return () => void (isWanted = false);
  }, [group, canSend]);
  return services;
}

/** What every field has that something is typed into. */
interface FieldAttributes {
  readonly id: string;
  readonly spellcheck: false;
  readonly autocomplete: 'off';
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
}

function Field(props: {
  name: string;
  label: string;
  fault: string | undefined;
  children: (attributes: FieldAttributes) => ComponentChildren;
}) {
  const { name, label, fault, children } = props;
  const [id, faultId] = [`ask-${name}`, `ask-${name}-fault`];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        spellcheck: false,
        autocomplete: 'off',
        'aria-invalid': fault !== undefined,
        'aria-describedby': faultId,
      })}
      <p class="trouble" id={faultId} role="status">
        {fault ?? ''}
      </p>
    </div>
  );
}

/** A field of one line, with what can be typed into it. */
function TextField(props: {
  name: string;
  label: string;
  fault: string | undefined;
  value: string;
  type: (text: string) => void;
  recall: (event: KeyboardEvent) => void;
  offered?: readonly { readonly id: number; readonly name: string }[];
  inputMode?: 'numeric';
  placeholder?: string;
}) {
  const { name, label, fault, value, type, recall, offered, inputMode, placeholder } = props;
  const list = offered === undefined ? undefined : `ask-${name}-list`;
  return (
    <Field name={name} label={label} fault={fault}>
      {(attributes) => (
        <>
          <input
            {...attributes}
            list={list}
            inputMode={inputMode}
            placeholder={placeholder}
            value={value}
            onInput={(event) => type(event.currentTarget.value)}
            onKeyDown={recall}
          />
          {offered !== undefined && (
            <datalist id={list}>
              {offered.map((each) => (
                <option key={`${each.id} ${each.name}`} value={each.name} label={String(each.id)} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

function Answer({ answered: { group, what, asked } }: { answered: Answered }) {
  const [icon, words] = outcomeOf(asked);
  return (
    <section class="answer">
      <p class={asked === null ? 'quiet' : icon === 'trouble' ? 'trouble' : ''}>
        <Icon name={icon} /> {group}: {what}
        {words}
      </p>
      {asked !== null && !('error' in asked) && <JsonTree value={asked.data} label="data of the answer" />}
    </section>
  );
}

/** How it went, as an icon and in words. */
function outcomeOf(asked: Asked | null): readonly ['waiting' | 'trouble' | 'check', string] {
  if (asked === null) return ['waiting', ' …'];
  if ('error' in asked) return ['trouble', `: ${asked.error}`];
  const words = `, ${statusText(asked.status)}, after ${duration(asked.ms)}`;
  return [asked.status === 0 ? 'check' : 'trouble', words];
}

/** A status with its name, where it has one. */
function statusText(status: number): string {
  const name = STATUS__NAMES[status];
  return name === undefined ? `status ${status}` : `status ${status} (${name})`;
}

function HowToAllow({ group, process }: { group: string | null; process: string | null }) {
  const whose = group === null ? '' : ` in ${group}`;
  const where = process === null ? '' : ` (process ${process})`;
  return (
    <div class="pad stack ask">
      <h2>{group === null ? 'Ask' : `Ask ${group}`}</h2>
      <p>{`This page may not send requests${whose}. To allow it, where the session runs${where}:`}</p>
      <ul class="how">
        <li>
          With a session that the debugger opens itself: <code>socket-protocol inspect HOST:PORT</code>
        </li>
        <li>
          With a server or a gateway of the command line: <code>--allow-send</code>, beside{' '}
          <code>--inspect</code> or <code>--join</code>
        </li>
        <li>
          In a program: <code>{'inspector.watch(name, { canSend: true })'}</code>
        </li>
      </ul>
    </div>
  );
}

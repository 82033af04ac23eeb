import { once } from 'node:events';
import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { connect, listen } from '../../src/index.js';
import {
  forwardToStately,
  InspectorHub,
  noteEntry,
  openInspector,
  type StatelyInspector,
  type StatelySanitizers,
} from '../../src/inspector/index.js';
import type { NoteCode, Reason } from '../../src/protocol/reasons.js';

const SECRET = 'correct horse battery staple';

const note = (code: NoteCode, reason: Reason | null) =>
  noteEntry({ group: 'g', code, reason, text: 'as it happened' });

/** An inspector of the package that keeps what it would send. */
function keeping(events: StatelyInspectionEvent[]) {
  return (sanitizers: StatelySanitizers): StatelyInspector =>
    createInspector(
      { send: (event) => void events.push(structuredClone(event)) },
      sanitizers as Parameters<typeof createInspector>[1],
    ) as unknown as StatelyInspector;
}

describe('the adapter to the inspector of Stately', () => {
  test('sends the tree of actors with their machines, their states and their events', async () => {
    const events: StatelyInspectionEvent[] = [];
    await using inspector = await openInspector();
    using forwarding = await forwardToStately(inspector.hub, { create: keeping(events) });
    await using server = await listen({ port: 0, secret: SECRET }, (session) =>
      session.onRead(0, () => 'now'),
    );
    await using session = await connect({ port: server.port, secret: SECRET, ...inspector.watch('pump') });
    await session.read(0);

    const actors = events.filter((event) => event.type === '@xstate.actor');
    expect(actors).toContainEqual(
      expect.objectContaining({ sessionId: 'pump authentication', parentId: 'pump session' }),
    );
    const definition = actors.find(({ sessionId }) => sessionId === 'pump authentication')?.definition ?? '';
    expect(Object.keys(JSON.parse(definition).states)).toEqual(['client', 'role', 'server']);
    const states = events.flatMap((event) =>
      event.type === '@xstate.snapshot' && event.sessionId === 'pump authentication'
        ? [(event.snapshot as { value?: unknown }).value]
        : [],
    );
    expect(states.at(-1)).toEqual({ client: 'trusted' });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: '@xstate.event',
        sessionId: 'pump wire client',
        sourceId: 'pump wire server',
        event: expect.objectContaining({ type: 'read data response', data: 'now' }),
      }),
    );
    expect(forwarding.leftOut).toBe(0);
    const text = JSON.stringify(events);
    expect(text).not.toMatch(/[0-9a-f]{64}/);
    expect(text).not.toContain(SECRET);
  });

  test('has the sanitizers of the package on', async () => {
    const events: StatelyInspectionEvent[] = [];
    const hub = new InspectorHub();
    using forwarding = await forwardToStately(hub, { create: keeping(events) });
    hub.add({
      kind: 'event',
      group: 'g',
      from: null,
      to: 'a',
      event: { type: 'x', seed: 'hello', right: true, list: [{ text: `is ${'0f'.repeat(32)}` }] },
    });
    hub.add({
      kind: 'state',
      group: 'g',
      actor: 'a',
      parent: null,
      chart: null,
      isOver: false,
      state: 's',
      context: { key: 'k', n: 1 },
      event: 'x',
      taken: [],
    });
    expect(forwarding.leftOut).toBe(0);
    const [, sent, snapshot] = events;
    expect(sent).toMatchObject({
      event: { type: 'x', seed: '***', right: true, list: [{ text: 'is ***' }] },
    });
    expect(snapshot).toMatchObject({ snapshot: { value: 's', context: { key: '***', n: 1 } } });
  });

  test('sends over a WebSocket what happened before and after it was open', async () => {
    const received: { type: string; sessionId: string }[] = [];
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const hub = new InspectorHub();
    hub.add(note('connected', null));
    const hasAll = new Promise<void>((resolve) => {
      server.on('connection', (socket) => {
        socket.on('message', (data) => {
          received.push(JSON.parse(String(data)));
          if (received.length === 2) hub.add(note('disconnected', 'slow-consumer'));
          if (received.length === 4) resolve();
        });
      });
    });
    const forwarding = await forwardToStately(hub, { url: `ws://127.0.0.1:${port}` });
    await hasAll;
    expect(received).toMatchObject([
      { type: '@xstate.actor', sessionId: 'g log' },
      { type: '@xstate.event', event: { type: 'note.connected', reason: null, text: 'as it happened' } },
      { type: '@xstate.event', event: { type: 'note.disconnected', reason: 'slow-consumer' } },
      { type: '@xstate.event', event: { type: 'trouble.peer-does-not-read' } },
    ]);
    expect(forwarding.leftOut).toBe(0);
    forwarding.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  test('keeps a bounded part while nobody is there, and counts the rest', async () => {
    const hub = new InspectorHub();
    using forwarding = await forwardToStately(hub, { url: 'ws://127.0.0.1:9', maxWaiting: 10 });
    for (let n = 1; n <= 29; n++) hub.add(note('connected', null));
    expect(forwarding.leftOut).toBe(20);
  });

  test('refuses what is not the address of a WebSocket', async () => {
    await expect(forwardToStately(new InspectorHub(), { url: 'http://localhost:8080' })).rejects.toThrow(
      'Option url: expected the address of a WebSocket, as ws://localhost:8080, got "http://localhost:8080"',
    );
  });
});

/** What befalls the machines and the devices of a fleet, and for how long nobody may rely on them. */

import type { Device } from './device.js';
import type { FleetFault } from './faults.js';
import type { GatewaySlot, WorkerSlot } from './processes.js';
import type { FleetWorld } from './world.js';

/** A gateway, a worker or a server that has come back is known to all after this. */
const KNOWN_AFTER_MS = 8_000;
/** How long a server may keep a client that has died without a word. */
const STALE_MS = 20_000;

/** Lets a fault befall the fleet. Returns whether there was anything that it could befall. */
export function strike(world: FleetWorld, fault: FleetFault): boolean {
  const { random, devices, gateways, workers } = world;
  if (fault.startsWith('device') || fault === 'twins') return strikeDevice(world, random.of(devices), fault);
  if (fault.startsWith('gateway')) {
    const there = gateways.filter(({ isThere }) => isThere);
    return there.length > 0 && strikeGateway(world, random.of(there), fault);
  }
  if (fault.startsWith('worker')) {
    const there = workers.filter(({ isThere }) => isThere);
    return there.length > 0 && strikeWorker(world, random.of(there), fault);
  }
  return strikeBus(world, fault);
}

function strikeDevice(world: FleetWorld, device: Device, fault: FleetFault): boolean {
  const { random, time } = world;
  // one thing after the other, or nobody knows which of its sessions counts
  if (device.sessions.length > 1 || !device.session.isConnected) return false;
  // messages that are under way while it moves
  world.crowd(device);
  if (fault === 'device-closes') device.program.act(() => device.move('closes'));
  if (fault === 'device-vanishes') device.program.act(() => device.move('vanishes'));
  if (fault === 'device-overlaps' || fault === 'twins') {
    let end = (): void => {};
    device.program.act(() => {
      end = device.overlap();
    });
    // a device that is followed by its next self at once; two of one name, which take it from each other for a while
    const forMs = fault === 'twins' ? random.between(500, 8_000) : random.between(0, 50);
    if (fault === 'twins') device.disturb(forMs + 3_000);
    time.after(forMs, () => device.program.act(end));
  }
  return true;
}

function strikeGateway(world: FleetWorld, slot: GatewaySlot, fault: FleetFault): boolean {
  const { random, time } = world;
  const awayMs = random.between(100, 5_000);
  const back = (): void => {
    world.disturb(KNOWN_AFTER_MS);
    void world.started(slot);
  };
  switch (fault) {
    case 'gateway-drains':
    case 'gateway-closes':
      slot.program.act(() => {
        // it takes as long as what it waits for
        void world.disturbWhile(slot.close(fault === 'gateway-drains')).then(() => {
          world.disturb(awayMs + KNOWN_AFTER_MS);
          time.after(awayMs, back);
        });
      });
      return true;
    case 'gateway-dies': {
      const staleMs = random.chance(0.5) ? null : random.between(1_000, STALE_MS);
      world.disturb(Math.max(awayMs, staleMs ?? 0) + KNOWN_AFTER_MS);
      world.lost(slot);
      slot.gateway = null;
      slot.die(staleMs);
      slot.door.vanish(random.chance(0.3));
      time.after(awayMs, back);
      return true;
    }
    default: {
      const forMs = random.between(50, 15_000);
      world.disturb(forMs + KNOWN_AFTER_MS);
      const { program } = slot;
      program.freeze();
      time.after(forMs, () => program.thaw(() => slot.door.readOn()));
      return true;
    }
  }
}

function strikeWorker(world: FleetWorld, slot: WorkerSlot, fault: FleetFault): boolean {
  const { random, time } = world;
  const awayMs = random.between(100, 3_000);
  const back = (): void => void world.started(slot);
  const staleMs = random.chance(0.5) ? null : random.between(1_000, STALE_MS);
  if (fault === 'worker-dies') {
    world.disturb(Math.max(awayMs, staleMs ?? 0) + 1_000);
    slot.die(staleMs);
    time.after(awayMs, back);
    return true;
  }
  slot.program.act(() => {
    void world.disturbWhile(slot.close(true)).then(() => {
      world.disturb(awayMs + 1_000);
      time.after(awayMs, back);
    });
  });
  return true;
}

function strikeBus(world: FleetWorld, fault: FleetFault): boolean {
  const { random, time, cluster } = world;
  const { redialMs } = cluster.config;
  const slots = [...world.gateways, ...world.workers, ...world.askers].filter(
    ({ program }) => !program.isDead,
  );
  const { bus } = random.of(slots);
  switch (fault) {
    case 'bus-cut':
      world.disturb(2 * redialMs + KNOWN_AFTER_MS);
      bus.cut();
      moveMeanwhile(world, bus);
      return true;
    case 'bus-silent': {
      const [clientAfterMs, serverAfterMs] = [random.between(100, STALE_MS), random.between(100, STALE_MS)];
      world.disturb(Math.max(clientAfterMs, serverAfterMs) + 2 * redialMs + KNOWN_AFTER_MS);
      bus.goSilent(clientAfterMs, serverAfterMs);
      return true;
    }
    case 'bus-stall': {
      const forMs = random.between(20, 3_000);
      world.disturb(forMs + KNOWN_AFTER_MS);
      bus.stall(forMs);
      return true;
    }
    case 'server-dies': {
      const { upServers } = cluster;
      // one of them stays, unless there is only one
      if (upServers.length === 0 || (cluster.servers.length > 1 && upServers.length === 1)) return false;
      const server = random.of(upServers);
      const awayMs = random.between(50, 6_000);
      world.disturb(awayMs + 2 * redialMs + KNOWN_AFTER_MS);
      cluster.kill(server);
      time.after(awayMs, () => cluster.restart(server));
      return true;
    }
    default: {
      if (cluster.servers.length < 2) return false;
      const one = random.of(cluster.servers);
      const other = random.of(cluster.servers.filter((each) => each !== one));
      const forMs = random.between(50, 10_000);
      const noticedMs = random.between(0, forMs);
      world.disturb(forMs + redialMs + KNOWN_AFTER_MS);
      cluster.partition(one, other, noticedMs);
      time.after(forMs, () => cluster.heal(one, other));
      return true;
    }
  }
}

/** A device goes elsewhere while its gateway hears nothing of the bus, and the gateway does not notice that either. */
function moveMeanwhile(world: FleetWorld, bus: GatewaySlot['bus']): void {
  const { random, time, cluster, devices, gateways } = world;
  const gateway = gateways.find((each) => each.bus === bus);
  const there = devices.filter(({ session }) => session.door === gateway?.door);
  if (there.length === 0) return;
  const device = random.of(there);
  time.after(
    random.below(cluster.config.redialMs),
    () => void strikeDevice(world, device, 'device-vanishes'),
  );
}

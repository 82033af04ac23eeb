/** Writes captures: TCP segments between two addresses, as tshark reads them. */

const LINK_TYPE_RAW_IP = 101;
const IP_HEADER_LENGTH = 20;
const TCP_HEADER_LENGTH = 20;
const CLIENT_PORT = 50_000;

/** Bytes that one side sent at once. */
export interface Segment {
  readonly from: 'client' | 'server';
  readonly bytes: Buffer;
}

/** A pcap file with one TCP connection. */
export function captureOf(segments: readonly Segment[], serverPort: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0xffff, 16);
  header.writeUInt32LE(LINK_TYPE_RAW_IP, 20);
  const sent = { client: 1, server: 1 };
  const packets = segments.map(({ from, bytes }, index) => {
    const isClient = from === 'client';
    const packet = Buffer.alloc(IP_HEADER_LENGTH + TCP_HEADER_LENGTH + bytes.length);
    packet[0] = 0x45;
    packet.writeUInt16BE(packet.length, 2);
    packet[8] = 64;
    packet[9] = 6;
    packet.set([10, 0, 0, isClient ? 1 : 2], 12);
    packet.set([10, 0, 0, isClient ? 2 : 1], 16);
    packet.writeUInt16BE(isClient ? CLIENT_PORT : serverPort, IP_HEADER_LENGTH);
    packet.writeUInt16BE(isClient ? serverPort : CLIENT_PORT, IP_HEADER_LENGTH + 2);
    packet.writeUInt32BE(sent[from], IP_HEADER_LENGTH + 4);
    packet.writeUInt32BE(sent[isClient ? 'server' : 'client'], IP_HEADER_LENGTH + 8);
    packet[IP_HEADER_LENGTH + 12] = (TCP_HEADER_LENGTH / 4) << 4;
    packet[IP_HEADER_LENGTH + 13] = 0x18;
    packet.writeUInt16BE(0xffff, IP_HEADER_LENGTH + 14);
    packet.set(bytes, IP_HEADER_LENGTH + TCP_HEADER_LENGTH);
    sent[from] += bytes.length;
    const record = Buffer.alloc(16);
    record.writeUInt32LE(index, 0);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([header, ...packets]);
}

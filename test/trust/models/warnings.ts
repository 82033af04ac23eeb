/** What the library could only say as a warning of the process: that a machine failed, or that a listener threw. */

/** Collects such warnings until it is ended. */
export function watchWarnings(): { end(): Promise<readonly string[]> } {
  const warnings: string[] = [];
  const listen = ({ name, message }: Error): void => {
    if (name === 'SocketProtocolWarning') warnings.push(`a warning of the process: ${message}`);
  };
  process.on('warning', listen);
  return {
    async end() {
      // a warning is emitted a tick after it was made
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', listen);
      return warnings;
    },
  };
}

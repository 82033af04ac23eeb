/** The server of the example, as one would write it here. */
import { listen } from 'socket-protocol';

await listen({ port: Number(process.argv[2] ?? 17017) }, (session) => {
  session.onRead(0, () => new Date().toString());
});

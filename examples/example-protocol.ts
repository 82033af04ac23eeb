/** What both sides of the original's example import: the protocol, with its one piece of data. */
import {
  type CallbackResult,
  type Message,
  PureJsonProtocol,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  STATUS_OKAY,
  STATUS_OPERATION_NOT_PERMITTED,
} from 'socket-protocol';

export const DID_ASC_TIME = 0;

export class ExampleProtocol extends PureJsonProtocol {
  constructor(...args: ConstructorParameters<typeof PureJsonProtocol>) {
    super(...args);
    this.addData([SID_READ_REQUEST, SID_READ_RESPONSE], DID_ASC_TIME, 'asc_time');
    if (!this.commInstance.isClient) {
      this.registerCallback(SID_READ_REQUEST, 0, (message) => this.timeCallback(message));
    }
  }

  timeCallback(message: Message): CallbackResult {
    if (message.getStatus() === STATUS_OKAY) {
      return [STATUS_OKAY, asctime(new Date())];
    }
    return [STATUS_OPERATION_NOT_PERMITTED, null];
  }
}

/** As Python's `time.asctime` writes it: `Sun Feb  2 00:00:44 2025`. */
function asctime(date: Date): string {
  const [weekday, month, day, year, time] = date.toString().split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

import { authenticationSubject } from '../trust/models/subject-authentication.js';
import { channelNameSubject } from '../trust/models/subject-channel-name.js';
import { connectionSubject } from '../trust/models/subject-connection.js';
import { drainSubject } from '../trust/models/subject-drain.js';
import { heartbeatSubject } from '../trust/models/subject-heartbeat.js';
import { pendingRequestSubject } from '../trust/models/subject-pending-request.js';
import { sessionSubject } from '../trust/models/subject-session.js';
import type { Subject } from '../trust/models/variant.js';

/** The machines whose walks are driven here. */
export const SUBJECTS: readonly Subject[] = [
  sessionSubject,
  connectionSubject,
  authenticationSubject,
  channelNameSubject,
  heartbeatSubject,
  pendingRequestSubject,
  drainSubject,
];

import { DemandRecorder } from '#libs/demand';
import { RequestMeter } from '../../../apps/gateway/src/metrics/request-meter.js';

// Loaded into a gateway before its own code: reads of this process count for nothing, as if nobody had written that part.
DemandRecorder.prototype.record = () => undefined;
DemandRecorder.prototype.answered = () => undefined;
RequestMeter.prototype.read = () => undefined;
RequestMeter.prototype.answeredByLane = () => undefined;

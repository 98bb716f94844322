export { byteSize } from './byte-size.js';
export { commandEnvironment } from './command-environment.js';
export { durationMs, patienceMs } from './duration.js';
export { flag } from './flag.js';
export { commaList } from './list.js';
export { port, wholeNumber } from './number-setting.js';
export { percentage } from './percentage.js';
export { InvalidSettings, readSettings } from './read-settings.js';
